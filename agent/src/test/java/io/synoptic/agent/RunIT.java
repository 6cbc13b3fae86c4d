package io.synoptic.agent;

import static java.nio.file.StandardCopyOption.COPY_ATTRIBUTES;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** ./run as a user meets it. */
@Tag("waits")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RunIT {
  private record Ended(int status, String output, String errors) {}

  private static Ended run(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(RunningAgent.RUN));
    command.addAll(List.of(arguments));
    Path errors = Files.createTempFile("synoptic-test-", ".err");
    try {
      ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
      builder.environment().putAll(RunningAgent.userFor(arguments));
      Process process = builder.start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
      return new Ended(process.exitValue(), output, Files.readString(errors));
    } finally {
      Files.delete(errors);
    }
  }

  @Test
  void versionIsPrintedAndNothingIsBuiltAgain() throws Exception {
    FileTime built =
        Files.getLastModifiedTime(RunningAgent.ROOT.resolve("agent/target/dist/synoptic.jsa"));

    Ended ended = run("--version");

    assertThat(ended.status()).isZero();
    assertThat(ended.output()).startsWith("synoptic, version ");
    assertThat(ended.errors()).isEmpty();
    assertThat(
            Files.getLastModifiedTime(RunningAgent.ROOT.resolve("agent/target/dist/synoptic.jsa")))
        .isEqualTo(built);
  }

  @Test
  void helpNamesEveryOption() throws Exception {
    Ended ended = run("--help");

    assertThat(ended.status()).isZero();
    assertThat(ended.output())
        .contains("--web.listen-address", "--web.telemetry-path", "--web.config.file")
        .contains("--scan.min-interval")
        .contains("--scan.timeout", "--scan.max-age", "--path.procfs", "--log.level", "--version");
  }

  @Test
  void theJvmHasNoCapabilityAndCanGetNone() throws Exception {
    try (RunningAgent agent = RunningAgent.start()) {
      for (String set : List.of("CapInh", "CapPrm", "CapEff", "CapAmb")) {
        assertThat(agent.proc().status(set)).as(set).matches("0+");
      }
      if ("root".equals(System.getProperty("user.name"))) {
        assertThat(agent.proc().status("CapBnd")).matches("0+");
      }
      assertThat(agent.proc().status("NoNewPrivs")).isEqualTo("1");
    }
  }

  @Test
  void scansYieldToOthersAndTheWebServerDoesNot() throws Exception {
    try (RunningAgent agent = RunningAgent.start()) {
      assertThat(agent.proc().nice("synoptic-scan")).isEqualTo(10);
      assertThat(agent.proc().nice("synoptic-web")).isZero();
    }
  }

  @Test
  @Tag("measures")
  void sigtermStopsItCleanlyWithinASecond() throws Exception {
    RunningAgent agent = RunningAgent.start();
    try (HttpExchange idle =
        new HttpExchange(new Socket(InetAddress.getLoopbackAddress(), agent.port()))) {
      assertThat(idle.get("/metrics").status()).isEqualTo(200);
      long start = System.nanoTime();
      assertThat(agent.terminate()).isZero();
      assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(1));
      assertThat(agent.errors()).isEmpty();
    } finally {
      agent.close();
    }
  }

  @Test
  void whileItStartsItEndsAsQuietly(@TempDir Path procfs) throws Exception {
    Path table = Files.createDirectory(procfs.resolve("net")).resolve("tcp");
    assertThat(new ProcessBuilder("mkfifo", table.toString()).start().waitFor()).isZero();
    ProcessBuilder builder =
        new ProcessBuilder(
            RunningAgent.RUN,
            "--web.listen-address=127.0.0.1:0",
            "--source=proc",
            "--path.procfs=" + procfs,
            "--no-collector.listeners",
            "--no-collector.counters");
    builder.environment().putAll(RunningAgent.userFor("--path.procfs=" + procfs));
    Process agent = builder.redirectErrorStream(true).start();
    // Opened when the first scan opens it, which then waits for a line.
    try (OutputStream silence = Files.newOutputStream(table)) {
      agent.toHandle().destroy();

      assertThat(agent.waitFor(5, TimeUnit.SECONDS)).isTrue();
      assertThat(agent.exitValue()).isZero();
      assertThat(agent.inputReader().readLine()).isNull();
    } finally {
      agent.destroyForcibly();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--no-such-option",
        "--web.listen-address=nowhere",
        "--path.procfs=/nonexistent",
        "--scan.timeout=soon",
        "--web.telemetry-path=/",
        "--log.level=loud",
        "argument",
      })
  void badInputIsOneLineAndStatus2(String argument) throws Exception {
    Ended ended = run(argument);

    assertThat(ended.status()).isEqualTo(2);
    assertThat(ended.output()).isEmpty();
    assertThat(ended.errors()).startsWith("synoptic: ").hasLineCount(1);
    String[] optionAndValue = argument.split("=", 2);
    assertThat(ended.errors()).contains(optionAndValue[optionAndValue.length - 1]);
  }

  @Test
  void aBadWebConfigIsOneLineAndStatus2(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("web.yml"), "\ntls_server_config: {a: b}\n");

    Ended ended = run("--web.config.file=" + file);

    assertThat(ended.status()).isEqualTo(2);
    assertThat(ended.output()).isEmpty();
    assertThat(ended.errors())
        .startsWith(
            "synoptic: --web.config.file="
                + file
                + ": line 2: tls_server_config: a key is not known; ")
        .hasLineCount(1);
    assertThat(run("--web.config.file=" + folder.resolve("none")).errors())
        .contains("none: the file does not exist")
        .hasLineCount(1);
  }

  /** Status 1 is what the unit tries again after: the port may be free soon. */
  @Test
  void aPortInUseIsOneLineAndStatus1() throws Exception {
    try (ServerSocket taken = new ServerSocket(0)) {
      Ended ended = run("--web.listen-address=:" + taken.getLocalPort());

      assertThat(ended.status()).isEqualTo(1);
      assertThat(ended.errors())
          .hasLineCount(1)
          .contains(":" + taken.getLocalPort())
          .contains("in use");
    }
  }

  /** Of an interface that is not up yet, and of a name server that isn't. */
  @ParameterizedTest
  @CsvSource({"192.0.2.7:0, assign requested address", "host.invalid:1, no such host"})
  void anAddressThatIsNotThereYetIsOneLineAndStatus1(String address, String why) throws Exception {
    Ended ended = run("--web.listen-address=" + address);

    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.errors()).hasLineCount(1).contains("can't listen on " + address, why);
  }

  /** Without it Java has no words for what fails. */
  @Test
  void whereThereIsNoIpv6ItSaysSoWithStatus2() throws Exception {
    try (NetworkNamespace network = NetworkNamespace.create(0)) {
      network.set("net.ipv6.conf.all.disable_ipv6", 1);
      List<String> command =
          network.command(RunningAgent.RUN, "--web.listen-address=[::]:0", "--source=proc");
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

      assertThat(process.waitFor()).isEqualTo(2);
      assertThat(said).hasLineCount(1).contains("can't listen on [::]:0: this host has no IPv6;");
    }
  }

  @Test
  void anInterfacesNameIsAZoneOfItsAddress() throws Exception {
    try (NetworkNamespace network = NetworkNamespace.create(0)) {
      network.exec("ip", "link", "add", "we.ird-0", "type", "veth", "peer", "name", "other");
      network.exec("sh", "-ec", "ip link set other up; ip link set we.ird-0 up");
      network.exec("ip", "address", "add", "fe80::119/64", "dev", "we.ird-0", "nodad");
      try (RunningAgent agent =
          RunningAgent.startIn(network, "--web.listen-address=[fe80::119%we.ird-0]:0")) {
        assertThat(agent.url().getPort()).isPositive();
      }
    }
  }

  /** Of cgroups of version 1 the JDK then finds no path, and throws what has no message. */
  @Test
  void inACgroupNamespaceOfItsOwnItStarts() throws Exception {
    try (RunningAgent agent = RunningAgent.start(List.of("unshare", "--cgroup"), Map.of());
        HttpExchange http =
            new HttpExchange(new Socket(InetAddress.getLoopbackAddress(), agent.port()))) {
      assertThat(http.get("/metrics").text()).contains("\nprocess_cpu_seconds_total ");
      assertThat(agent.errors()).isEmpty();
    }
  }

  @Test
  void withoutRootWhatIsMissingIsNamedAndNothingIsDone(@TempDir Path folder) throws Exception {
    Path tree = Files.createDirectory(folder.resolve("tree"));
    Path path = Files.createDirectory(folder.resolve("path"));
    for (String file : List.of("run", "scripts/setup.sh")) {
      copy(file, tree);
    }
    for (String tool : List.of("sh", "dirname", "id", "find", "sed", "readlink")) {
      Files.copy(
          Path.of("/usr/bin/" + tool), path.resolve(tool), StandardCopyOption.COPY_ATTRIBUTES);
    }
    for (Path open : List.of(folder, tree, tree.resolve("scripts"), path)) {
      Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    boolean root = "root".equals(System.getProperty("user.name"));
    List<String> command = new ArrayList<>();
    command.addAll(
        root
            ? List.of("/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
            : List.of());
    command.addAll(List.of("/usr/bin/env", "PATH=" + path, tree.resolve("run").toString()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).isEqualTo(1);
    assertThat(output).hasLineCount(1).contains(" gcc make maven ");
    try (Stream<Path> left = Files.list(tree)) {
      assertThat(left).hasSize(2);
    }
  }

  @Test
  void beforeAnythingIsBuiltHelpNamesTheOptionsAndBuildsNothing(@TempDir Path tree)
      throws Exception {
    Path options = Path.of("agent/src/main/java/io/synoptic/agent/Options.java");
    for (String file : List.of("run", "scripts/setup.sh", options.toString())) {
      copy(file, tree);
    }
    Process process =
        new ProcessBuilder(tree.resolve("run").toString(), "--help")
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).isZero();
    assertThat(output).startsWith("Usage: ./run ").contains("--web.listen-address", "--netns\n");
    assertThat(tree.resolve("target")).doesNotExist();
  }

  /** A line for each step, as soon as Maven comes to it; Maven is played, and fails or not. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void aBuildSaysWhatItDoes(int status, @TempDir Path tree) throws Exception {
    for (String file : List.of("scripts/setup.sh", "pom.xml", ".source-commit")) {
      copy(file, tree);
    }
    String script =
        """
        . scripts/setup.sh
        mvn() {
          echo 'Downloading from central: https://repo.maven.apache.org/a'
          echo 'Downloading from central: https://repo.maven.apache.org/b'
          echo '[INFO] --- exec-maven-plugin:3.6.3:exec (libsynoptic) @ synoptic ---'
          echo '[INFO] --- maven-compiler-plugin:3.14.0:compile (default-compile) @ synoptic-agent ---'
          echo '[INFO] --- exec-maven-plugin:3.6.3:exec (class data archive) @ synoptic-agent ---'
          return %d
        }
        build
        """
            .formatted(status);
    Process process =
        new ProcessBuilder("sh", "-euc", script)
            .directory(tree.toFile())
            .redirectErrorStream(true)
            .start();
    List<String> said = process.inputReader().lines().toList();

    assertThat(process.waitFor()).isEqualTo(status);
    assertThat(said.get(0)).startsWith("building, ");
    assertThat(said.subList(1, 5))
        .containsExactly(
            "  downloading Java libraries and Maven plugins",
            "  compiling the C library and the BPF program",
            "  compiling Java: synoptic-agent",
            "  starting the agent once, for its class data archive");
  }

  private static void copy(String file, Path tree) throws Exception {
    Files.createDirectories(tree.resolve(file).getParent());
    Files.copy(RunningAgent.ROOT.resolve(file), tree.resolve(file), COPY_ATTRIBUTES);
  }

  /** Every JDK of this machine that is new enough; ./run's own choice among them. */
  static Stream<Path> jdks() throws Exception {
    try (Stream<Path> installed = Files.list(Path.of("/usr/lib/jvm"))) {
      return installed
          .filter(home -> !Files.isSymbolicLink(home))
          .filter(home -> Files.isExecutable(home.resolve("bin/javac")))
          .toList()
          .stream();
    }
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void everyJavaOfThisMachineRunsItWithoutAWarning(Path home) throws Exception {
    try (RunningAgent agent = RunningAgent.start(List.of(), Map.of("JAVA_HOME", home.toString()));
        HttpExchange http =
            new HttpExchange(new Socket(InetAddress.getLoopbackAddress(), agent.port()))) {
      assertThat(http.get("/metrics").text())
          .contains("synoptic_scan_success{collector=\"sockets\"} 1.0");
      assertThat(agent.errors()).isEmpty();
    }
  }
}
