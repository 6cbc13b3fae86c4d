package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.agent.HttpExchange.Answer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An agent to which the kernel refuses sock_diag at times: seccomp answers in its place. */
@Tag("waits")
class FallbackIT {
  private static final int NOT_AT_ALL = 0;
  private static final int EACCES = 13;

  /** ENOMEM, EMFILE, ENOBUFS, ETIMEDOUT. */
  private static final List<Integer> PASSING = List.of(12, 24, 105, 110);

  private static final String SUCCESS = "synoptic_scan_success{collector=\"sockets\"}";
  private static final String FALLBACK = "synoptic_source_fallback{collector=\"sockets\"}";
  private static final String LAST_GOOD =
      "synoptic_last_successful_scan_timestamp_seconds{collector=\"sockets\"}";

  @TempDir private Path folder;

  private static RunningAgent start(NetworkNamespace namespace, String... options)
      throws Exception {
    List<String> all = new ArrayList<>(List.of("--scan.min-interval=0s"));
    all.addAll(Arrays.asList(options));
    return RunningAgent.start(
        namespace.command(RunningAgent.built("refuse")), Map.of(), all.toArray(String[]::new));
  }

  private static String info(String source, String reason) {
    return "synoptic_source_info{collector=\"sockets\",reason=\""
        + reason
        + "\",source=\""
        + source
        + "\"} 1\n";
  }

  @ParameterizedTest
  @CsvSource({
    "1, EPERM, forbidden",
    "13, EACCES, forbidden",
    "2, ENOENT, unsupported",
    "22, EINVAL, unsupported",
    "93, EPROTONOSUPPORT, unsupported",
    "97, EAFNOSUPPORT, unsupported",
  })
  void figuresComeFromProcWithinOneScanAndSockDiagComesBack(int errno, String name, String reason)
      throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create(1024);
        RunningAgent agent = start(namespace);
        HttpExchange http = new HttpExchange(namespace.connect(agent.port()));
        Lab lab = Lab.in(namespace, "ipv4:close_wait=5", "ipv6:established=7", "ipv4:syn_recv=3")) {
      Answer before = http.get("/metrics");
      assertThat(before.text()).contains(info("sock_diag", "best"));
      assertThat(before.sample(FALLBACK)).isZero();

      agent.refuse(errno);
      Answer refused = http.get("/metrics");
      assertThat(refused.text())
          .contains(info("proc", reason))
          .doesNotContain(info("sock_diag", "best"));
      assertThat(refused.sample(FALLBACK)).isEqualTo(1);
      assertThat(refused.sample(SUCCESS)).isEqualTo(1);
      assertThat(SocketCounts.fromMetrics(refused.text()))
          .isEqualTo(SocketCounts.fromMetrics(before.text()))
          .containsEntry("ipv6 established", 14L)
          .containsAllEntriesOf(Map.of("ipv4 close_wait", lab.sockets().get("ipv4 close_wait")));
      http.get("/metrics");

      agent.refuse(NOT_AT_ALL);
      Answer lifted = http.get("/metrics");
      assertThat(lifted.text()).contains(info("sock_diag", "best"));
      assertThat(lifted.sample(FALLBACK)).isZero();

      assertThat(agent.errors().lines())
          .satisfiesExactly(
              line -> assertThat(line).contains("WARN", "proc", "sock_diag: " + name),
              line -> assertThat(line).contains("INFO", "sock_diag again"));
    }
  }

  @Test
  void aTimeoutOrAShortageFailsTheScanAndIsNoReasonToReadProc() throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create(1024);
        RunningAgent agent = start(namespace);
        HttpExchange http = new HttpExchange(namespace.connect(agent.port()))) {
      for (int errno : PASSING) {
        agent.refuse(errno);
        Answer failed = http.get("/metrics");
        assertThat(failed.text())
            .contains(info("sock_diag", "best"))
            .doesNotContainPattern("collector=\"sockets\",.*source=\"proc\"");
        assertThat(failed.sample(SUCCESS)).isZero();

        agent.refuse(NOT_AT_ALL);
        assertThat(http.get("/metrics").sample(SUCCESS)).isEqualTo(1);
      }
    }
  }

  @Test
  void anAgentThatStartsRefusedStartsWithProc() throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create(1024);
        RunningAgent agent =
            RunningAgent.start(
                namespace.command(
                    "sh", "-c", "exec \"$@\" <<END\n97\nEND\n", "sh", RunningAgent.built("refuse")),
                Map.of());
        HttpExchange http = new HttpExchange(namespace.connect(agent.port()))) {
      assertThat(http.get("/metrics").text()).contains(info("proc", "unsupported"));
    }
  }

  @Test
  void withBothSourcesGoneTheLastFiguresStayForAWhileAndThenLeave() throws Exception {
    Path net = Files.createDirectories(folder.resolve("net"));
    String listeners =
        "synoptic_tcp_sockets{family=\"ipv4\",namespace=\"\",netns=\"\",pod=\"\",state=\"listen\"}";
    try (NetworkNamespace namespace = NetworkNamespace.create(1024);
        RunningAgent agent = start(namespace, "--scan.max-age=2s", "--path.procfs=" + folder);
        HttpExchange http = new HttpExchange(namespace.connect(agent.port()))) {
      Answer good = http.get("/metrics");
      assertThat(good.sample(listeners)).isEqualTo(1);
      assertThat(http.get("/-/ready").status()).isEqualTo(200);

      agent.refuse(EACCES);
      Answer gone = http.get("/metrics");
      assertThat(gone.sample(SUCCESS)).isZero();
      assertThat(gone.sample(LAST_GOOD)).isEqualTo(good.sample(LAST_GOOD));
      assertThat(SocketCounts.fromMetrics(gone.text()))
          .isEqualTo(SocketCounts.fromMetrics(good.text()));

      TimeUnit.SECONDS.sleep(2);
      Answer old = http.get("/metrics");
      assertThat(old.text()).doesNotContain("synoptic_tcp_");
      assertThat(old.sample(SUCCESS)).isZero();
      assertThat(old.sample(LAST_GOOD)).isEqualTo(good.sample(LAST_GOOD));
      Answer unready = http.get("/-/ready");
      assertThat(unready.status()).isEqualTo(503);
      assertThat(unready.text()).isEqualTo("scans fail: the agent's log says why\n");
      assertThat(http.get("/-/healthy").status()).isEqualTo(200);

      Files.writeString(
          net.resolve("tcp"),
          """
            sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
             0: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 77 1
          """);
      assertThat(http.get("/metrics").text()).contains(info("proc", "forbidden"));

      agent.refuse(NOT_AT_ALL);
      Answer back = http.get("/metrics");
      assertThat(back.sample(SUCCESS)).isEqualTo(1);
      assertThat(back.sample(LAST_GOOD)).isGreaterThan(good.sample(LAST_GOOD));
      assertThat(SocketCounts.fromMetrics(back.text()))
          .isEqualTo(SocketCounts.fromMetrics(good.text()));
      assertThat(agent.errors()).contains("ERROR", "sock_diag: EACCES", "proc: ENOENT");
    }
  }
}
