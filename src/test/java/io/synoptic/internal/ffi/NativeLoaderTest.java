package io.synoptic.internal.ffi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.synoptic.SocketScanner;
import io.synoptic.Source;
import io.synoptic.TcpState;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
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

    /** Scans through each source, as often as its caller wants. */
    private static long scan() {
      long listening = 1;
      for (Source source : List.of(Source.AUTO, Source.SOCK_DIAG, Source.PROC)) {
        SocketScanner scanner = SocketScanner.builder().source(source).build();
        for (int i = 0; i < Integer.getInteger("scans", 1); i++) {
          listening += scanner.scan().sockets(TcpState.LISTEN);
        }
      }
      return listening;
    }
  }

  private static final String LOADED = "listening sockets counted: true\n";

  @TempDir private Path folder;

  private String run(List<String> options, String... arguments) throws Exception {
    return run(Map.of(), options, arguments);
  }

  private String run(Map<String, String> environment, List<String> options, String... arguments)
      throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-Djava.io.tmpdir=" + folder,
                "-cp",
                System.getProperty("java.class.path")));
    if (Runtime.version().feature() >= 24) {
      // As in docs/library.md: without it, this JVM warns.
      command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Djffi.unsafe.disabled=true"));
    }
    command.addAll(options);
    command.add(Program.class.getName());
    command.addAll(Arrays.asList(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  private static Path library(String folder) {
    String architecture = System.getProperty("os.arch").replace("amd64", "x86_64");
    return Path.of(folder + "-" + architecture, "libsynoptic.so").toAbsolutePath();
  }

  private static Path library() {
    return library("target/classes/META-INF/native/linux");
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

  @Test
  void addressSanitizerHasNothingToSayOfHundredsOfScans() throws Exception {
    Path sanitized = library("../native/build/asan");
    assumeTrue(Files.exists(sanitized), "no sanitized library: make -C native SANITIZE=1 lib");
    Process gcc = new ProcessBuilder("gcc", "-print-file-name=libasan.so").start();
    String runtime = new String(gcc.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    // The JVM handles its own SIGSEGV, and what it allocates at start is no leak of ours.
    Map<String, String> environment =
        Map.of(
            "LD_PRELOAD",
            runtime.strip(),
            "ASAN_OPTIONS",
            "handle_segv=0:detect_leaks=0:abort_on_error=1");

    assertThat(run(environment, List.of("-Dscans=100"), sanitized.toString())).isEqualTo(LOADED);
  }
}
