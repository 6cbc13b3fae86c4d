package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.agent.HttpExchange.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The agent's figures against the kernel's other witnesses, in a namespace where nobody else is.
 */
class NamespaceIT {
  private static final int BUCKETS = 65536;

  static final List<String> STATES =
      List.of(
          "established",
          "syn_sent",
          "syn_recv",
          "fin_wait1",
          "fin_wait2",
          "time_wait",
          "close_wait",
          "last_ack",
          "listen",
          "closing");

  /** A different number of each state and family, so that none can be taken for another. */
  private static String[] everything() {
    List<String> population = new ArrayList<>();
    int count = 3;
    for (String family : List.of("ipv4", "ipv6", "mapped")) {
      for (String state : STATES) {
        population.add(family + ":" + state + "=" + (count += 2));
      }
    }
    return population.toArray(String[]::new);
  }

  @ParameterizedTest
  @ValueSource(strings = {"sock_diag", "proc"})
  void everyStateOfEveryFamilyIsCountedExactly(String source) throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create(BUCKETS);
        RunningAgent agent =
            RunningAgent.startIn(namespace, "--scan.min-interval=0s", "--source=" + source);
        HttpExchange http = new HttpExchange(namespace.connect(agent.port()))) {
      Map<String, Long> before = SocketCounts.fromMetrics(http.get("/metrics").text());
      try (Lab lab = Lab.in(namespace, everything())) {
        Map<String, Long> after = SocketCounts.fromMetrics(http.get("/metrics").text());

        assertThat(after).isEqualTo(SocketCounts.fromSs(namespace));
        assertThat(SocketCounts.difference(after, before)).isEqualTo(lab.sockets());
        assertThat(lab.sockets().keySet().stream().map(what -> what.split(" ", 2)[1]).distinct())
            .containsExactlyInAnyOrderElementsOf(STATES);
      }
      assertThat(http.get("/metrics").text()).contains("source=\"" + source + "\"");
    }
  }

  @Test
  void aHundredThousandConnectionsAreCountedExactlyAndASlowScanHoldsNobodyUp() throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create(BUCKETS);
        RunningAgent agent = RunningAgent.startIn(namespace, "--scan.min-interval=0s");
        HttpExchange http = new HttpExchange(namespace.connect(agent.port()))) {
      String scans = "synoptic_scan_duration_seconds_count{collector=\"sockets\"}";
      try (Lab lab = Lab.in(namespace, "ipv4:established=60000", "ipv6:established=40000")) {
        Answer before = http.get("/metrics");
        assertThat(SocketCounts.fromMetrics(before.text()))
            .isEqualTo(SocketCounts.fromSs(namespace));
        assertThat(lab.sockets()).containsEntry("ipv6 established", 80000L);
        assertThat(before.sample("synoptic_sockstat_difference_sockets")).isZero();

        // 200,000 sockets take tens of milliseconds: longer than this scraper waits.
        String inTime = "X-Prometheus-Scrape-Timeout-Seconds: 0.002";
        Answer late = http.get("/metrics", inTime);
        assertThat(late.text()).isEqualTo(before.text());

        Answer next = http.get("/metrics");
        assertThat(next.sample(scans)).isGreaterThan(before.sample(scans));
      }
    }
  }
}
