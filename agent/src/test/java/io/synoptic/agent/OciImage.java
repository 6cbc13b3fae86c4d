package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * A container image, unpacked.
 *
 * @param root its files
 * @param command what it starts
 * @param environment of that, NAME=VALUE
 * @param user as numbers, UID:GID
 */
record OciImage(Path root, List<String> command, List<String> environment, String user) {
  /** The image that scripts/image has built; skips the test if there is none. */
  static OciImage built(Path folder) throws Exception {
    Path images = RunningAgent.ROOT.resolve("target/image");
    String end = "_" + System.getProperty("os.arch").replace("aarch64", "arm64") + ".tar";
    Optional<Path> archive = Optional.empty();
    if (Files.isDirectory(images)) {
      try (Stream<Path> files = Files.list(images)) {
        archive = files.filter(file -> file.toString().endsWith(end)).findFirst();
      }
    }
    assumeTrue(archive.isPresent(), "no container image: ./test builds it with scripts/image");
    return unpack(archive.orElseThrow(), folder);
  }

  /** An OCI archive: index.json names a manifest, which names the configuration and the layers. */
  private static OciImage unpack(Path archive, Path folder) throws Exception {
    Path layout = Files.createDirectory(folder.resolve("layout"));
    Path root = Files.createDirectory(folder.resolve("root"));
    tar("-xf", archive, layout);
    Map<String, Object> manifest =
        json(blob(layout, maps(json(layout.resolve("index.json")).get("manifests")).get(0)));
    for (Map<String, Object> layer : maps(manifest.get("layers"))) {
      tar("-xf", blob(layout, layer), root);
    }
    Map<String, Object> config = map(json(blob(layout, map(manifest.get("config")))).get("config"));
    return new OciImage(
        root,
        texts(config.get("Entrypoint")),
        texts(config.get("Env")),
        config.get("User").toString());
  }

  private static void tar(String what, Path archive, Path folder) throws Exception {
    Process tar =
        new ProcessBuilder("tar", what, archive.toString(), "-C", folder.toString())
            .inheritIO()
            .start();
    assertThat(tar.waitFor()).isZero();
  }

  private static Path blob(Path layout, Map<String, Object> descriptor) {
    return layout.resolve("blobs").resolve(descriptor.get("digest").toString().replace(':', '/'));
  }

  /** JSON is YAML. */
  static Map<String, Object> json(Path file) throws Exception {
    return map(new Load(LoadSettings.builder().build()).loadFromString(Files.readString(file)));
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> map(Object node) {
    return (Map<String, Object>) node;
  }

  @SuppressWarnings("unchecked")
  static List<Map<String, Object>> maps(Object node) {
    return (List<Map<String, Object>>) node;
  }

  @SuppressWarnings("unchecked")
  static List<String> texts(Object node) {
    return (List<String>) node;
  }
}
