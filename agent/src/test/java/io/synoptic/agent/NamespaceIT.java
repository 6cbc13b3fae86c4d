package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.agent.HttpExchange.Answer;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The agent's figures against the kernel's other witnesses, in a namespace where nobody else is.
 */
class NamespaceIT {
  private static final int BUCKETS = 65536;

  /** The scraper's own connection, kept: the agent's end and ours. */
  private static final long OWN = 2;

  @Test
  void everyFigureEqualsWhatSsCounts() throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create(BUCKETS);
        RunningAgent agent = RunningAgent.startIn(namespace, "--scan.min-interval=0s");
        HttpExchange http = new HttpExchange(namespace.connect(agent.port()));
        Lab lab =
            Lab.in(
                namespace,
                "ipv4:established=100",
                "ipv6:established=50",
                "ipv4:syn_recv=20",
                "ipv6:close_wait=30",
                "ipv4:syn_sent=10",
                "ipv6:fin_wait1=7",
                "ipv4:last_ack=5",
                "mapped:closing=3",
                "mapped:established=11",
                "ipv6:time_wait=40")) {
      Map<String, Long> ours = SocketCounts.fromMetrics(http.get("/metrics").text());

      assertThat(ours).isEqualTo(SocketCounts.fromSs(namespace));
      assertThat(lab.sockets()).isNotEmpty();
      lab.sockets()
          .forEach(
              (what, count) ->
                  assertThat(ours)
                      .as(what)
                      .hasEntrySatisfying(what, n -> assertThat(n).isBetween(count, count + OWN)));
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
        assertThat(next.sample(scans)).isEqualTo(before.sample(scans) + 1);
      }
    }
  }
}
