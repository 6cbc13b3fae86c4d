package io.synoptic.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the agent's JVM, started by root, can't do, and what others can't do to it. */
@Tag("waits")
class LauncherIT {
  private static final String USER = "65529";
  private static final Path DIST = RunningAgent.ROOT.resolve("agent/target/dist");

  @BeforeAll
  static void needRoot() {
    assumeTrue("root".equals(System.getProperty("user.name")), "only root has something to lose");
  }

  private static String output(Map<String, String> environment, List<String> command)
      throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  private static void assumeReachable(String errors) {
    assumeTrue(
        !errors.contains("it stays root"), () -> "uid 65529 can't read these sources: " + errors);
  }

  @Test
  void ofRootsAgentEveryThreadIsAUserOfItsOwnAndConfinedAndScansSucceed() throws Exception {
    Bpf.assumeItLoads();
    try (RunningAgent agent = RunningAgent.start("--netns=all");
        HttpExchange http =
            new HttpExchange(new Socket(InetAddress.getLoopbackAddress(), agent.port()))) {
      assumeReachable(agent.errors());
      String metrics = http.get("/metrics").text();

      assertThat(metrics)
          .contains("collector=\"sockets\",reason=\"best\",source=\"bpf\"} 1")
          .contains("synoptic_scan_success{collector=\"sockets\"} 1")
          // What it reads of itself.
          .contains("\nprocess_open_fds ", "\nprocess_cpu_seconds_total ")
          .contains("\nprocess_resident_memory_bytes ", "\nprocess_start_time_seconds ");
      for (String id : List.of("Uid", "Gid")) {
        assertThat(agent.proc().statusOfThreads(id))
            .allMatch("%1$s\t%1$s\t%1$s\t%1$s".formatted(USER)::equals);
      }
      assertThat(agent.proc().statusOfThreads("Groups")).allMatch(String::isEmpty);
      assertThat(agent.proc().statusOfThreads("Seccomp")).allMatch("2"::equals);
      agent.proc().assertUnprivileged();
      assertThat(agent.errors()).isEmpty();
    }
  }

  /** By bpf(2) it can run the program and read maps, and by name open what everybody can. */
  @Test
  void aJvmCanRunTheProgramAndReadItsMapsAndNothingElseAndReadsNothingOfRoots(@TempDir Path folder)
      throws Exception {
    Bpf.assumeItLoads();
    Path secret = Files.writeString(folder.resolve("secret"), "of root");
    String classes = RunningAgent.ROOT.resolve("agent/target/test-classes") + ":" + DIST + "/lib/*";
    List<String> command = new ArrayList<>();
    command.addAll(List.of(DIST.resolve("synoptic-launcher").toString(), "--bpf"));
    command.addAll(List.of(System.getProperty("java.home") + "/bin/java", "-cp", classes));
    command.add("-Djffi.boot.library.path=" + DIST.resolve("native"));
    command.add(LauncherProbe.class.getName());
    String said = output(Map.of("SECRET", secret.toString()), command);
    assumeReachable(said);

    List<String> left = new ArrayList<>(LauncherProbe.left());
    left.add("refused AccessDeniedException");
    assertThat(said.lines()).containsExactlyElementsOf(left);
  }

  /** With pidfd_getfd, ptrace, and what there is in /proc. */
  @Test
  void aProcessOfItsUserGetsAtNothingOfIt() throws Exception {
    List<String> asUser =
        List.of("setpriv", "--reuid=" + USER, "--regid=" + USER, "--clear-groups");
    List<String> sleep = new ArrayList<>(asUser);
    sleep.addAll(List.of("sleep", "60"));
    Process other = new ProcessBuilder(sleep).start();
    try (RunningAgent agent = RunningAgent.start()) {
      assumeReachable(agent.errors());
      while (!new ProcessFolder(other.pid()).status("Name").equals("sleep")) {
        Thread.sleep(10);
      }
      assumeTrue(
          steal(asUser, other.pid()).lines().count() > 4,
          "processes of one user are kept apart here anyway");

      assertThat(steal(asUser, agent.proc().pid())).isEmpty();
    } finally {
      other.destroy();
    }
  }

  private static String steal(List<String> asUser, long pid) throws Exception {
    List<String> command = new ArrayList<>(asUser);
    command.addAll(List.of(RunningAgent.built("steal"), Long.toString(pid)));
    return output(Map.of(), command);
  }
}
