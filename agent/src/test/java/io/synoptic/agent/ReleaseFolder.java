package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What ./release --dry-run has made, target/release. */
record ReleaseFolder(Path folder) {
  /** Skips the test if ./release has not run. */
  static ReleaseFolder built() {
    Path folder = RunningAgent.ROOT.resolve("target/release");
    assumeTrue(
        Files.exists(folder.resolve("SHA256SUMS.asc")),
        "no release: ./test --long makes one with ./release --dry-run");
    return new ReleaseFolder(folder);
  }

  /** Its only file with such an end. */
  Path file(String end) throws IOException {
    return folder.resolve(
        sums().keySet().stream()
            .filter(name -> name.endsWith(end))
            .reduce(
                (one, other) -> {
                  throw new AssertionError("two files end in " + end);
                })
            .orElseThrow(() -> new AssertionError("no file ends in " + end)));
  }

  /** Of SHA256SUMS: the sum of each file. */
  Map<String, String> sums() throws IOException {
    Map<String, String> sums = new TreeMap<>();
    for (String line : Files.readAllLines(folder.resolve("SHA256SUMS"))) {
      sums.put(line.substring(66), line.substring(0, 64));
    }
    return sums;
  }

  static String sum(Path file, String algorithm) throws Exception {
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance(algorithm).digest(Files.readAllBytes(file)));
  }

  /** All files below a folder, by their names in it. */
  static List<String> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> folder.relativize(file).toString())
          .sorted()
          .toList();
    }
  }

  /** What a command prints, both ways, if it succeeds. */
  static String must(Object... command) throws Exception {
    List<String> words = new ArrayList<>(Arrays.stream(command).map(Object::toString).toList());
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertThat(process.waitFor()).as("%s: %s", words, output).isZero();
    return output;
  }
}
