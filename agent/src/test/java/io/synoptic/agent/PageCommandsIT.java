package io.synoptic.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands on the pages do what the pages say, as they are there. */
@Tag("waits")
@Timeout(600)
class PageCommandsIT {
  /** What a page's reader does by hand: waiting until the agent answers. */
  private static final String WAITING =
      "curl() { command curl --silent --show-error --fail --retry 30 --retry-delay 1"
          + " --retry-connrefused \"$@\"; }\n";

  private static final String ALL_END = "trap 'kill $(jobs -p) 2>/dev/null || :; wait || :' EXIT\n";

  private static final Path LABORATORY = Path.of("/run/netns/lab");

  /** Where the commands leave their files, with a {@code ./run} as at the repository's top. */
  @TempDir private Path folder;

  /** A script's end; whether it has left a laboratory. */
  private record Ended(int status, String output, boolean left) {}

  private Ended bash(Path workingFolder, List<String> prefix, String script) throws Exception {
    Path output = Files.createTempFile("synoptic-test-", ".out");
    try {
      List<String> command = new ArrayList<>(prefix);
      command.addAll(List.of("bash", "-eu", "-o", "pipefail", "-c", script));
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(workingFolder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile());
      builder.environment().putAll(RunningAgent.userFor("--file=" + folder));
      Process process = builder.start();
      process.getOutputStream().close();
      try {
        assertThat(process.waitFor(540, TimeUnit.SECONDS)).isTrue();
      } finally {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
      }
      return new Ended(
          process.exitValue(), Files.readString(output, UTF_8), Files.exists(LABORATORY));
    } finally {
      Files.delete(output);
    }
  }

  private static String script(List<String> commands) {
    return commands.stream()
        .filter(command -> !PagesTest.isNotRun(command))
        .map(PageCommandsIT::inTheBackground)
        .reduce("", (all, command) -> all + command + "\n");
  }

  /** An agent that a page starts in the foreground has a terminal of its own. */
  private static String inTheBackground(String command) {
    return command.startsWith("./run") && !command.endsWith("&")
        ? command.replaceFirst("\\s+# .*", "") + " &"
        : command;
  }

  /**
   * Runs the commands of a section in a namespace, in a folder of their own, and returns what they
   * print.
   *
   * @param more commands of the test's own, after the page's
   */
  private String run(NetworkNamespace namespace, String section, String... more) throws Exception {
    return run(namespace, MarkdownPage.commands(section), more);
  }

  private String run(NetworkNamespace namespace, List<String> commands, String... more)
      throws Exception {
    Path run = folder.resolve("run");
    Files.writeString(run, "#!/bin/sh\nexec " + RunningAgent.RUN + " \"$@\"\n");
    assertThat(run.toFile().setExecutable(true)).isTrue();
    String script = ALL_END + WAITING + MarkdownPage.HTPASSWD + script(commands);
    Ended ended = bash(folder, namespace.command(), script + String.join("\n", more));
    assertThat(ended.status()).as(ended.output()).isZero();
    return ended.output();
  }

  @Test
  void theAgentAnswersAfterTheInstallation() throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create(1024)) {
      assertThat(run(namespace, "README.md#install", "curl http://localhost:10119/metrics"))
          .contains("synoptic_scan_success{collector=\"sockets\"} 1.0");
    }
  }

  @Test
  void everyNamespaceIsRead() throws Exception {
    Bpf.assumeItLoads();
    try (NetworkNamespace namespace = NetworkNamespace.create(1024)) {
      assertThat(
              run(
                  namespace,
                  "docs/namespaces.md#every-network-namespace",
                  "curl http://localhost:10119/metrics"))
          .contains("synoptic_source_info{collector=\"sockets\",reason=\"best\",source=\"bpf\"} 1");
    }
  }

  @Test
  void nodeExportersNamesAreServed() throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create(1024)) {
      assertThat(run(namespace, "docs/node-exporter.md#in-place-of-node_exporters-collectors"))
          .contains("node_tcp_connection_states{state=\"listen\"} 1.0");
    }
  }

  @Test
  void theJsonIsServed() throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create(1024)) {
      List<String> commands = new ArrayList<>(MarkdownPage.commands("docs/api.md#the-json-api"));
      commands.add(0, "./run");
      assertThat(run(namespace, commands)).contains("{\"schema\":1,", "\"status\":\"fine\"");
    }
  }

  @Test
  void tlsAndAPasswordAreTried() throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create(1024)) {
      assertThat(run(namespace, "docs/tls.md#try-it"))
          .contains("synoptic_scan_success{collector=\"sockets\"} 1.0");
    }
  }

  @Test
  void theBusiestDestinationIsNamed() throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create(1024);
        Lab hanging = Lab.in(namespace, "ipv4:syn_sent=20")) {
      assertThat(run(namespace, "docs/troubleshooting.md#which-destination"))
          .containsPattern("20 127\\.0\\.0\\.1:\\d+\n");
      assertThat(hanging.sockets()).isNotEmpty();
    }
  }

  private Ended inTheRepository(String script) throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "only root can make namespaces");
    RunningPrometheus.program("prometheus");
    assertThat(LABORATORY).as("somebody else's").doesNotExist();
    try {
      return bash(RunningAgent.ROOT, List.of(), script);
    } finally {
      removeLaboratory();
    }
  }

  /** What the page removes in the end, if the commands have not come so far. */
  private static void removeLaboratory() throws Exception {
    if (Files.exists(LABORATORY)) {
      String all =
          "while ip netns pids lab | grep -q .; do ip netns pids lab | xargs kill -KILL; sleep 0.1;"
              + " done; ip netns delete lab;"
              + " rm -rf target/lab target/lab.yml target/lab.log";
      Process process =
          new ProcessBuilder("bash", "-c", all).directory(RunningAgent.ROOT.toFile()).start();
      assertThat(process.waitFor()).isZero();
    }
  }

  /** Neither the namespace nor what runs in it. */
  @Test
  void aLaboratoryThatFailsIsRemoved() throws Exception {
    List<String> byHand = MarkdownPage.commands("docs/lab.md#by-hand");
    String begin = script(byHand.stream().filter(line -> line.contains("netns add")).toList());
    Ended ended =
        inTheRepository(
            begin
                + "nsenter --net=/run/netns/lab sleep 600 >/dev/null & echo $!\n"
                + "until ip netns pids lab | grep -q .; do sleep 0.1; done; false");

    assertThat(ended.status()).as(ended.output()).isEqualTo(1);
    assertThat(ended.left()).isTrue();
    assertThat(LABORATORY).doesNotExist();
    long pid = Long.parseLong(ended.output().strip());
    assertThat(Files.exists(Path.of("/proc/" + pid + "/exe"))).as("it runs").isFalse();
  }

  /** It takes the commands of docs/lab.md#by-hand, too. */
  @Test
  void theLaboratoryMakesASymptom() throws Exception {
    Ended ended = inTheRepository(script(MarkdownPage.commands("docs/lab.md#the-laboratory")));

    assertThat(ended.status()).as(ended.output()).isZero();
    assertThat(ended.output())
        .containsPattern("== Listener drops\n(.*\n)*\\{.*port=\"7005\"} => [1-9]");
    assertThat(ended.left()).isFalse();
  }

  @Test
  void aPopulationMadeByHandIsCounted() throws Exception {
    List<String> byHand = MarkdownPage.commands("docs/lab.md#by-hand");
    int undone = byHand.size() - 2; // the last two remove what the others make
    String others = script(MarkdownPage.commands("docs/lab.md#other-populations"));
    Ended ended =
        inTheRepository(
            script(byHand.subList(0, undone)).replaceFirst("(lab \\./run .*&)", "$1\nsleep 5")
                + others.replace("\nlab curl", "\nsleep 3\nlab curl")
                + script(byHand.subList(undone, byHand.size())));

    assertThat(ended.output())
        .contains("synoptic_tcp_sockets{family=\"ipv4\"", "state=\"close_wait\"} 20.0")
        .containsPattern("\\s+100 SYN-RECV\n");
    assertThat(ended.left()).isFalse();
  }

  /** Where Maven finds what this machine has already, and then Central. */
  private static String settings() {
    String repositories = "";
    for (String kind : List.of("repository", "pluginRepository")) {
      String all =
          "<%1$s><id>central</id><url>file://%2$s/.m2/repository</url></%1$s>"
                  .formatted(kind, System.getProperty("user.home"))
              + "<%1$s><id>maven</id><url>https://repo.maven.apache.org/maven2</url></%1$s>"
                  .formatted(kind);
      String list = kind.replaceFirst("y$", "ies");
      repositories += "<%1$s>%2$s</%1$s>".formatted(list, all);
    }
    return "<settings><profiles><profile><id>here</id>"
        + repositories
        + "</profile></profiles><activeProfiles><activeProfile>here</activeProfile>"
        + "</activeProfiles></settings>";
  }

  /** In a copy of the sources, into a repository of the test's own. */
  @Test
  void theLibraryIsInstalled() throws Exception {
    List<String> commands = MarkdownPage.commands("docs/library.md#the-library");
    assertThat(MarkdownPage.commands("README.md#spring-boot")).isEqualTo(commands);
    Files.writeString(folder.resolve("settings.xml"), settings());

    Ended ended =
        bash(
            folder,
            List.of(),
            "(cd "
                + RunningAgent.ROOT
                + " && tar c pom.xml .mvn src native */pom.xml deploy/helm/pom.xml) | tar x\n"
                + "mvn() { command mvn -B -s settings.xml -Dmaven.repo.local=repository \"$@\"; }\n"
                + script(commands));

    assumeFalse(ended.output().contains("Could not transfer artifact"), "no way to Maven Central");
    assertThat(ended.status()).as(ended.output()).isZero();
    assertThat(folder.resolve("repository/io/synoptic/synoptic"))
        .isDirectoryRecursivelyContaining("glob:**/synoptic-*.jar");
  }
}
