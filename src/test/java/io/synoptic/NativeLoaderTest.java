package io.synoptic;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A library is loaded once in a JVM: each case has one of its own. */
class NativeLoaderTest {
  /** Prints what became of it; an argument is the explicit path. */
  static final class Program {
    private Program() {}

    public static void main(String[] arguments) {
      if (arguments.length > 0) {
        SocketScanner.useLibrary(Path.of(arguments[0]));
      }
      Throwable cause = SocketScanner.unavailabilityCause();
      System.out.println(
          cause == null
              ? "listening sockets counted: " + (scan() > 0)
              : "unavailable: " + cause.getMessage().lines().findFirst().orElse(""));
    }

    private static long scan() {
      return 1 + SocketScanner.builder().build().scan().sockets(TcpState.LISTEN);
    }
  }

  private static final String LOADED = "listening sockets counted: true\n";

  @TempDir private Path folder;

  private String run(List<String> options, String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-Djava.io.tmpdir=" + folder,
                "-cp",
                System.getProperty("java.class.path")));
    command.addAll(options);
    command.add(Program.class.getName());
    command.addAll(Arrays.asList(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    return output;
  }

  private static Path library() throws Exception {
    try (Stream<Path> built = Files.walk(Path.of("target/classes/META-INF/native"))) {
      String architecture = System.getProperty("os.arch").replace("amd64", "x86_64");
      return built
          .filter(path -> path.endsWith("linux-" + architecture + "/libsynoptic.so"))
          .findFirst()
          .orElseThrow()
          .toAbsolutePath();
    }
  }

  @Test
  void theEmbeddedLibraryIsLoadedAndLeavesNoFile() throws Exception {
    assertThat(run(List.of())).isEqualTo(LOADED);
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void thePropertyGoesBeforeTheEmbeddedLibrary() throws Exception {
    assertThat(run(List.of("-Dsynoptic.library.path=" + library()))).isEqualTo(LOADED);
    assertThat(run(List.of("-Dsynoptic.library.path=/nonexistent.so")))
        .startsWith("unavailable: ")
        .contains("/nonexistent.so");
  }

  @Test
  void anExplicitPathGoesBeforeTheProperty() throws Exception {
    List<String> wrongProperty = List.of("-Dsynoptic.library.path=/nonexistent.so");
    assertThat(run(wrongProperty, library().toString())).isEqualTo(LOADED);
    assertThat(run(List.of(), "/nowhere.so")).startsWith("unavailable: ").contains("/nowhere.so");
  }

  @Test
  void aFileThatIsNoLibraryIsUnavailableNotFatal() throws Exception {
    Path text = Files.writeString(folder.resolve("text.so"), "no library");
    assertThat(run(List.of(), text.toString())).startsWith("unavailable: ");
  }
}
