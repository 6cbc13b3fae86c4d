package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** An agent started as a user starts it: with ./run. */
final class RunningAgent implements AutoCloseable {
  static final Path ROOT = Path.of("").toAbsolutePath().getParent();
  static final String RUN = ROOT.resolve("run").toString();
  private static final String READY = "Synoptic answers at ";

  private final Process process;
  private final BufferedReader lines;
  private final URI url;
  private final Path errors;

  /** A program of native/, built by {@code make -C native lab}. */
  static String built(String program) {
    String architecture = System.getProperty("os.arch").replace("amd64", "x86_64");
    Path path = ROOT.resolve("native/build/linux-" + architecture).resolve(program);
    assertThat(path).as("make -C native lab").isExecutable();
    return path.toString();
  }

  private RunningAgent(Process process, BufferedReader lines, URI url, Path errors) {
    this.process = process;
    this.lines = lines;
    this.url = url;
    this.errors = errors;
  }

  /** Starts it in this process' network namespace, on a free port of loopback. */
  static RunningAgent start(String... options) throws Exception {
    return start(List.of(), Map.of(), options);
  }

  static RunningAgent startIn(NetworkNamespace namespace, String... options) throws Exception {
    return start(namespace.command(), Map.of(), options);
  }

  static RunningAgent start(List<String> prefix, Map<String, String> environment, String... options)
      throws Exception {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(List.of(RUN, "--web.listen-address=127.0.0.1:0"));
    command.addAll(Arrays.asList(options));
    if (command.contains("--scan.min-interval=0s")) {
      // Its scrapes are scans, however many there are.
      command.add("--scan.cpu-budget=off");
    }
    Path errors = Files.createTempFile("synoptic-test-", ".err");
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
    builder.environment().putAll(userFor(options));
    builder.environment().putAll(environment);
    Process process = builder.start();
    BufferedReader lines = process.inputReader();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.startsWith(READY)) {
        return new RunningAgent(process, lines, URI.create(line.substring(READY.length())), errors);
      }
    }
    String said = Files.readString(errors);
    Files.delete(errors);
    throw new AssertionError("./run ended with " + process.waitFor() + ": " + said);
  }

  /**
   * What root sets so that it stays root in silence: a test's temporary files are root's alone, and
   * the launcher sees to it that they can be read, and says so.
   */
  static Map<String, String> userFor(String... options) {
    String temporary = System.getProperty("java.io.tmpdir") + "/";
    return "root".equals(System.getProperty("user.name"))
            && Arrays.stream(options).anyMatch(option -> option.contains(temporary))
        ? Map.of("SYNOPTIC_USER", "0")
        : Map.of();
  }

  URI url() {
    return url;
  }

  int port() {
    return url.getPort();
  }

  /** Has the kernel refuse sock_diag with an error number, 0 for not at all; see refuse.c. */
  void refuse(int errno) throws IOException {
    process.getOutputStream().write((errno + "\n").getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
    assertThat(lines.readLine()).isEqualTo("refusing " + errno);
  }

  /** What it has written to standard error so far. */
  String errors() throws IOException {
    return Files.readString(errors);
  }

  ProcessFolder proc() {
    return new ProcessFolder(process.pid());
  }

  /** Sends SIGTERM and returns the exit status. */
  int terminate() throws Exception {
    process.toHandle().destroy();
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  @Override
  public void close() throws Exception {
    try {
      terminate();
    } finally {
      process.destroyForcibly();
      Files.delete(errors);
    }
  }
}
