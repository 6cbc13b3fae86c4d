import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * Writes layouts of the Open Container Initiative, with Gson and SnakeYAML Engine in the class
 * path:
 *
 * <ul>
 *   <li>{@code java Oci.java index LAYOUT NAME FROM...}: one image of several architectures, of
 *       layouts with one each
 *   <li>{@code java Oci.java chart LAYOUT NAME ARCHIVE}: a Helm chart, of what {@code helm package}
 *       would make
 * </ul>
 *
 * The same arguments make the same bytes.
 */
public final class Oci {
  private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  private static final String INDEX = "application/vnd.oci.image.index.v1+json";
  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

  private final Path layout;

  private Oci(Path layout) throws IOException {
    this.layout = layout;
    Files.createDirectories(layout.resolve("blobs/sha256"));
    Files.writeString(layout.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
  }

  public static void main(String[] args) throws Exception {
    Oci oci = new Oci(Path.of(args[1]));
    JsonObject whole =
        args[0].equals("chart")
            ? oci.chart(Path.of(args[3]))
            : oci.merged(Stream.of(args).skip(3).map(Path::of).toList());
    JsonObject annotations = new JsonObject();
    annotations.addProperty("org.opencontainers.image.ref.name", args[2]);
    whole.add("annotations", annotations);
    Files.writeString(oci.layout.resolve("index.json"), GSON.toJson(list(INDEX, array(whole))));
  }

  private JsonObject merged(List<Path> layouts) throws Exception {
    JsonArray images = new JsonArray();
    for (Path from : layouts) {
      try (Stream<Path> blobs = Files.list(from.resolve("blobs/sha256"))) {
        for (Path blob : blobs.toList()) {
          Files.copy(
              blob,
              layout.resolve("blobs/sha256").resolve(blob.getFileName()),
              StandardCopyOption.REPLACE_EXISTING);
        }
      }
      for (JsonElement each : json(from.resolve("index.json")).getAsJsonArray("manifests")) {
        JsonObject image = each.getAsJsonObject();
        JsonObject config = json(blob(json(blob(image)).getAsJsonObject("config")));
        JsonObject platform = new JsonObject();
        platform.add("architecture", config.get("architecture"));
        platform.add("os", config.get("os"));
        image.remove("annotations");
        image.add("platform", platform);
        images.add(image);
      }
    }
    return write(INDEX, GSON.toJson(list(INDEX, images)).getBytes(UTF_8));
  }

  private JsonObject chart(Path archive) throws Exception {
    JsonObject about =
        GSON.toJsonTree(new Load(LoadSettings.builder().build()).loadFromString(chartYaml(archive)))
            .getAsJsonObject();
    JsonObject manifest = new JsonObject();
    manifest.addProperty("schemaVersion", 2);
    manifest.addProperty("mediaType", MANIFEST);
    manifest.add(
        "config",
        write("application/vnd.cncf.helm.config.v1+json", GSON.toJson(about).getBytes(UTF_8)));
    manifest.add(
        "layers",
        array(
            write(
                "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
                Files.readAllBytes(archive))));
    JsonObject annotations = new JsonObject();
    for (Map.Entry<String, String> each :
        List.of(
            Map.entry("title", "name"),
            Map.entry("version", "version"),
            Map.entry("description", "description"),
            Map.entry("url", "home"))) {
      annotations.add("org.opencontainers.image." + each.getKey(), about.get(each.getValue()));
    }
    manifest.add("annotations", annotations);
    return write(MANIFEST, GSON.toJson(manifest).getBytes(UTF_8));
  }

  private static String chartYaml(Path archive) throws Exception {
    Process tar =
        new ProcessBuilder("tar", "-xOf", archive.toString(), "synoptic/Chart.yaml").start();
    return new String(tar.getInputStream().readAllBytes(), UTF_8);
  }

  private JsonObject write(String type, byte[] content) throws Exception {
    String digest = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    Files.write(layout.resolve("blobs/sha256").resolve(digest), content);
    JsonObject descriptor = new JsonObject();
    descriptor.addProperty("mediaType", type);
    descriptor.addProperty("digest", "sha256:" + digest);
    descriptor.addProperty("size", content.length);
    return descriptor;
  }

  private Path blob(JsonObject descriptor) {
    return layout
        .resolve("blobs")
        .resolve(descriptor.get("digest").getAsString().replace(':', '/'));
  }

  private static JsonObject json(Path file) throws IOException {
    return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
  }

  private static JsonObject list(String type, JsonArray manifests) {
    JsonObject index = new JsonObject();
    index.addProperty("schemaVersion", 2);
    index.addProperty("mediaType", type);
    index.add("manifests", manifests);
    return index;
  }

  private static JsonArray array(JsonElement element) {
    JsonArray array = new JsonArray();
    array.add(element);
    return array;
  }
}
