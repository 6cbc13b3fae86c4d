package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How long connections have been in close_wait, as the agent and as ss report it. */
@Tag("waits")
class CloseWaitIT {
  private static final int BUCKETS = 1024;

  /** Seconds: a jiffy of a kernel with the fewest, and rounding. */
  private static final double SLACK = 0.02;

  private static final String OWN = "namespace=\"\",netns=\"\",pod=\"\"";
  private static final Pattern AGE = Pattern.compile(" lastack:(?<millis>\\d+)");

  private static double oldestOfSs(NetworkNamespace namespace) throws Exception {
    double oldest = 0;
    for (String line :
        namespace
            .exec("ss", "-H", "--oneline", "--tcp", "--info", "state", "close-wait")
            .lines()
            .toList()) {
      Matcher age = AGE.matcher(line);
      oldest = Math.max(oldest, age.find() ? Long.parseLong(age.group("millis")) / 1e3 : 0);
    }
    return oldest;
  }

  private static RunningAgent start(NetworkNamespace namespace, String source) throws Exception {
    List<String> options = new ArrayList<>(List.of("--scan.min-interval=0s", "--source=" + source));
    if (source.equals("bpf")) {
      Bpf.assumeItLoads();
      options.add("--netns=all");
    }
    return RunningAgent.startIn(namespace, options.toArray(String[]::new));
  }

  @ParameterizedTest
  @ValueSource(strings = {"sock_diag", "bpf"})
  void theOldestIsAsOldAsSsSays(String source) throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create(BUCKETS);
        RunningAgent agent = start(namespace, source);
        HttpExchange http = new HttpExchange(namespace.connect(agent.port()));
        Lab lab = Lab.in(namespace, "ipv4:close_wait=3", "mapped:close_wait=2")) {
      TimeUnit.MILLISECONDS.sleep(500);
      double before = oldestOfSs(namespace);
      HttpExchange.Answer answer = http.get("/metrics");
      double after = oldestOfSs(namespace);

      assertThat(answer.sample("synoptic_tcp_outbound_close_wait_oldest_seconds{" + OWN + "}"))
          .isBetween(before - SLACK, after + SLACK)
          .isGreaterThan(0.45);
      assertThat(
              answer
                  .text()
                  .lines()
                  .filter(line -> line.startsWith("synoptic_tcp_owner_close_wait_oldest_seconds{"))
                  .mapToDouble(line -> Double.parseDouble(line.replaceFirst(".* ", "")))
                  .max()
                  .orElseThrow())
          .isBetween(before - SLACK, after + SLACK);
      for (String than : List.of("1m", "10m", "1h")) {
        assertThat(
                answer.sample(
                    "synoptic_tcp_outbound_close_wait_older_connections{%s,than=\"%s\"}"
                        .formatted(OWN, than)))
            .isZero();
      }
      assertThat(lab.sockets()).containsEntry("ipv4 close_wait", 5L);
    }
  }

  @Test
  void throughProcThereIsNoAge() throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create(BUCKETS);
        RunningAgent agent = start(namespace, "proc");
        HttpExchange http = new HttpExchange(namespace.connect(agent.port()))) {
      assertThat(http.get("/metrics").text()).doesNotContain("close_wait_old");
      try (Lab lab = Lab.in(namespace, "ipv4:close_wait=3")) {
        assertThat(http.get("/metrics").text()).doesNotContain("close_wait_old");
        assertThat(lab.sockets()).containsEntry("ipv4 close_wait", 3L);
      }
    }
  }
}
