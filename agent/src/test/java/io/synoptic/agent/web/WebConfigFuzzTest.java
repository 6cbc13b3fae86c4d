package io.synoptic.agent.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Any text in the place of a web configuration: scripts/fuzz makes more of them. */
public class WebConfigFuzzTest {
  /** What Jazzer calls. */
  public static void fuzzerTestOneInput(byte[] input) throws IOException {
    Path file = Files.createTempFile("synoptic-fuzz", null);
    try {
      Files.write(file, input);
      read(file);
    } finally {
      Files.delete(file);
    }
  }

  private static void read(Path file) {
    try {
      WebConfig config = WebConfig.read(file, new ReadFiles());
      assertThat(WebConfig.HEADERS.keySet()).containsAll(config.headers().keySet());
      assertThat(config.headers().values()).allMatch(value -> value.indexOf('\n') < 0);
      assertThat(config.users().values()).allMatch(hash -> hash.startsWith("$2"));
    } catch (InvalidInputException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  static List<Seeds.Seed> seeds() throws Exception {
    return Seeds.of("web-config");
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void seedsAreReadOrRefused(Seeds.Seed seed) throws IOException {
    fuzzerTestOneInput(seed.bytes());
  }
}
