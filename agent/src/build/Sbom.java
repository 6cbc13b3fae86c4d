import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Adds to a CycloneDX bill of materials, of the jars as Maven writes it, what a package or an image
 * contains besides. Usage: {@code java Sbom.java FROM TO NAME VERSION EPOCH
 * [KIND=NAME=VERSION=LICENSE...]}, with Gson in the class path. KIND is {@code java}, {@code deb}
 * (a Debian package, or a library of one that is linked statically) or {@code file}. The same
 * arguments make the same bytes.
 */
public final class Sbom {
  private static final Set<String> HASHES = Set.of("SHA-256", "SHA-512");

  public static void main(String[] args) throws Exception {
    JsonObject bom = JsonParser.parseString(Files.readString(Path.of(args[0]))).getAsJsonObject();
    JsonObject metadata = bom.getAsJsonObject("metadata");
    JsonObject subject = metadata.getAsJsonObject("component");
    subject.addProperty("type", args[2].endsWith("image") ? "container" : "application");
    subject.addProperty("name", args[2]);
    subject.addProperty("version", args[3]);
    metadata.addProperty("timestamp", Instant.ofEpochSecond(Long.parseLong(args[4])).toString());
    JsonArray components = bom.getAsJsonArray("components");
    for (String component : List.of(args).subList(5, args.length)) {
      components.add(component(component.split("=", -1)));
    }
    for (JsonElement component : components) {
      keepStrongHashes(component.getAsJsonObject());
    }
    bom.remove("serialNumber");
    String text = text(bom);
    UUID serial = UUID.nameUUIDFromBytes(text.getBytes(StandardCharsets.UTF_8));
    bom.addProperty("serialNumber", "urn:uuid:" + serial);
    Files.writeString(Path.of(args[1]), text(bom) + "\n");
  }

  private static JsonObject component(String[] parts) {
    String kind = parts[0];
    String name = parts[1];
    String version = parts[2];
    JsonObject component = new JsonObject();
    component.addProperty(
        "type", kind.equals("java") ? "platform" : kind.equals("file") ? "file" : "library");
    component.addProperty("bom-ref", String.join(":", Arrays.copyOf(parts, 3)));
    component.addProperty("name", name);
    component.addProperty("version", version);
    if (!parts[3].isEmpty()) {
      JsonObject license = new JsonObject();
      license.addProperty("expression", parts[3]);
      JsonArray licenses = new JsonArray();
      licenses.add(license);
      component.add("licenses", licenses);
    }
    if (kind.equals("deb")) {
      component.addProperty("purl", "pkg:deb/debian/" + name + "@" + encoded(version));
    } else if (kind.equals("java")) {
      component.addProperty("cpe", "cpe:2.3:a:oracle:openjdk:" + version + ":*:*:*:*:*:*:*");
      component.addProperty("purl", "pkg:generic/openjdk@" + encoded(version));
    }
    return component;
  }

  private static void keepStrongHashes(JsonObject component) {
    if (component.has("hashes")) {
      JsonArray strong = new JsonArray();
      for (JsonElement hash : component.getAsJsonArray("hashes")) {
        if (HASHES.contains(hash.getAsJsonObject().get("alg").getAsString())) {
          strong.add(hash);
        }
      }
      component.add("hashes", strong);
    }
  }

  private static String encoded(String version) {
    return URLEncoder.encode(version, StandardCharsets.UTF_8);
  }

  private static String text(JsonObject bom) {
    return new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(bom);
  }
}
