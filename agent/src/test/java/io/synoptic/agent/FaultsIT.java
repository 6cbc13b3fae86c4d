package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a host does to an agent: stops it, freezes it, kills it, takes its memory or its disk. */
@Tag("long")
class FaultsIT {
  private static final int KILLS = 100;
  private static final int SOCKETS = 100;
  private static final long STOPPED_MINUTES = 10;
  private static final long FROZEN_SECONDS = 30;

  private static final String TAKEN =
      "synoptic_last_successful_scan_timestamp_seconds{collector=\"sockets\"}";

  private NetworkNamespace namespace;
  private Lab lab;
  private List<String> ofTheLab;

  @BeforeAll
  static void build() throws Exception {
    RunningAgent.start().close(); // a ./run that builds has other children
  }

  @BeforeEach
  void populate() throws Exception {
    namespace = NetworkNamespace.create(1024);
    lab = Lab.in(namespace, "ipv4:established=" + SOCKETS, "ipv4:listen=3");
    ofTheLab = inside();
  }

  @AfterEach
  void empty() throws Exception {
    Closing.all(lab, namespace);
  }

  /** What the lab made is there: no figure is 0 that should not be. */
  private void assertFiguresAreRight(int port) throws Exception {
    try (HttpExchange http = new HttpExchange(namespace.connect(port))) {
      HttpExchange.Answer answer = http.get("/metrics");
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.sample("synoptic_scan_success{collector=\"sockets\"}")).isEqualTo(1);
      assertThat(SocketCounts.fromMetrics(answer.text()).get("ipv4 established"))
          .isBetween(2L * SOCKETS, 2L * SOCKETS + 10);
      assertThat(answer.sample(TAKEN)).isGreaterThan(System.currentTimeMillis() / 1e3 - 10);
    }
  }

  private static void signal(String signal, long pid) throws Exception {
    String[] command = {"kill", "-" + signal, "" + pid};
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }

  /** Processes that have this network namespace. */
  private List<String> inside() throws Exception {
    Process process = new ProcessBuilder("ip", "netns", "pids", namespace.name()).start();
    return process.inputReader().lines().toList();
  }

  private static List<String> temporary() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("/tmp"))) {
      return files
          .map(Path::toString)
          .filter(name -> name.matches(".*/(libsynoptic|libjffi|jffi|jnr|hsperf).*"))
          .toList();
    }
  }

  @Test
  void killedAHundredTimesItStartsCleanEachTime() throws Exception {
    Random random = new Random(119);
    List<String> before = temporary();
    for (int i = 0; i < KILLS; i++) {
      File nothing = new File("/dev/null");
      Process agent =
          new ProcessBuilder(namespace.command(RunningAgent.RUN, "--web.listen-address=:10119"))
              .redirectError(nothing)
              .redirectOutput(nothing)
              .start();
      Thread.sleep(random.nextInt(1500));
      signal("KILL", agent.pid());
      assertThat(agent.waitFor()).isEqualTo(128 + 9);
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
      while (!inside().equals(ofTheLab)) {
        assertThat(System.nanoTime())
            .as("left behind, beside the lab: %s", inside())
            .isLessThan(end);
        Thread.sleep(10);
      }
    }
    assertThat(temporary()).isEqualTo(before);
    try (RunningAgent next = RunningAgent.startIn(namespace, "--web.listen-address=:10119")) {
      assertFiguresAreRight(next.port());
      assertThat(next.errors()).isEmpty();
    }
  }

  @Test
  void stoppedForTenMinutesItGoesOn() throws Exception {
    try (RunningAgent agent = RunningAgent.startIn(namespace)) {
      assertFiguresAreRight(agent.port());
      signal("STOP", agent.proc().pid());
      Thread.sleep(TimeUnit.MINUTES.toMillis(STOPPED_MINUTES));
      signal("CONT", agent.proc().pid());
      assertFiguresAreRight(agent.port());
      assertThat(agent.errors()).isEmpty();
    }
  }

  @Test
  void frozenWithItsCgroupItGoesOn() throws Exception {
    boolean first = Files.isDirectory(Path.of("/sys/fs/cgroup/freezer"));
    Path cgroup =
        Path.of(first ? "/sys/fs/cgroup/freezer" : "/sys/fs/cgroup")
            .resolve("synoptic-" + ProcessHandle.current().pid());
    Path state = cgroup.resolve(first ? "freezer.state" : "cgroup.freeze");
    try {
      Files.createDirectory(cgroup);
    } catch (IOException e) {
      assumeTrue(false, "no cgroup can be made");
    }
    try (RunningAgent agent = RunningAgent.startIn(namespace)) {
      assertFiguresAreRight(agent.port());
      Files.writeString(cgroup.resolve("cgroup.procs"), "" + agent.proc().pid());
      Files.writeString(state, first ? "FROZEN" : "1");
      try {
        Thread.sleep(TimeUnit.SECONDS.toMillis(FROZEN_SECONDS));
      } finally {
        Files.writeString(state, first ? "THAWED" : "0");
      }
      assertFiguresAreRight(agent.port());
      assertThat(agent.errors()).isEmpty();
    } finally {
      Files.delete(cgroup);
    }
  }

  @Test
  void withTooLittleMemoryItIsKilledAsAWholeOrServes() throws Exception {
    int killed = 0;
    for (long megabytes = 12; megabytes <= 96; megabytes += 6) {
      try (MemoryLimit pod = MemoryLimit.of(megabytes << 20)) {
        List<String> command = pod.command(namespace.command());
        command.addAll(List.of(RunningAgent.RUN, "--web.listen-address=:10119"));
        Process agent = new ProcessBuilder(command).redirectError(new File("/dev/null")).start();
        try {
          boolean answers = agent.inputReader().readLine() != null;
          try {
            if (answers) {
              assertFiguresAreRight(10119);
            }
          } catch (IOException | ExecutionException e) {
            answers = false; // the kernel has killed it meanwhile
          }
          agent.destroy();
          assertThat(agent.waitFor(20, TimeUnit.SECONDS)).isTrue();
          assertThat(agent.exitValue()).isEqualTo(pod.killed() > 0 ? 128 + 9 : 0);
          assertThat(answers || pod.killed() > 0).isTrue();
          killed += answers ? 0 : 1;
          assertThat(inside()).isEqualTo(ofTheLab);
        } finally {
          agent.destroyForcibly();
        }
      }
    }
    assertThat(killed).isPositive();
    try (RunningAgent next = RunningAgent.startIn(namespace, "--web.listen-address=:10119")) {
      assertFiguresAreRight(next.port());
    }
  }

  @Test
  void withAFullDiskUnderItsLogItServesOn() throws Exception {
    Process agent =
        new ProcessBuilder(
                namespace.command(
                    RunningAgent.RUN, "--web.listen-address=:10119", "--log.level=debug"))
            .redirectError(new File("/dev/full"))
            .redirectOutput(new File("/dev/full"))
            .start();
    try {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
      while (true) {
        try {
          assertFiguresAreRight(10119);
          break;
        } catch (ExecutionException e) { // it does not listen yet
          assertThat(System.nanoTime()).isLessThan(end);
          Thread.sleep(100);
        }
      }
      for (int i = 0; i < 10; i++) {
        assertFiguresAreRight(10119);
      }
    } finally {
      agent.destroy();
      assertThat(agent.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(agent.exitValue()).isZero();
  }

  /** Only the clocks of uptime have namespaces: a jump of the wall clock would be the host's. */
  @Test
  void whereTheClocksOfUptimeAreOthersFiguresAndItsOwnStartAreRight() throws Exception {
    String[] days = {
      "unshare", "--time", "--boottime", "864000", "--monotonic", "864000", "--fork"
    };
    assumeTrue(
        new ProcessBuilder(Stream.concat(Stream.of(days), Stream.of("true")).toList())
                .redirectErrorStream(true)
                .start()
                .waitFor()
            == 0,
        "no time namespace can be made");
    try (RunningAgent agent =
        RunningAgent.start(
            namespace.command("unshare", "--time", "--boottime", "864000"), Map.of())) {
      assertFiguresAreRight(agent.port());
      try (HttpExchange http = new HttpExchange(namespace.connect(agent.port()))) {
        double started = http.get("/metrics").sample("process_start_time_seconds");
        assertThat(System.currentTimeMillis() / 1000.0 - started).isBetween(-2.0, 60.0);
      }
      assertThat(agent.errors()).isEmpty();
    }
  }
}
