package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.agent.HttpExchange.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A host at every bound at once, and an agent with its default options and its pod's memory. */
@Tag("long")
@Timeout(900)
class BoundsIT {
  private static final int CONNECTIONS = 490_000;
  private static final int LISTENERS = 20_000;
  private static final int NAMESPACES = 500;
  private static final int LISTENERS_EACH = 2;
  private static final int GROUPS = 5000;
  private static final long POD_BYTES = 192L << 20;
  private static final double SHARE = 0.05;
  private static final long MINUTES = 3;
  private static final String SCANS = "synoptic_scan_duration_seconds_count{collector=\"sockets\"}";

  private static double established(Answer answer) {
    return MetricText.samples(answer.text(), "synoptic_tcp_sockets{").entrySet().stream()
        .filter(sample -> sample.getKey().contains("netns=\"\""))
        .filter(sample -> sample.getKey().contains("state=\"established\""))
        .mapToDouble(Map.Entry::getValue)
        .sum();
  }

  private static long made(Lab lab) {
    return lab.sockets().values().stream().mapToLong(Long::longValue).sum();
  }

  @Test
  void aMillionSocketsTwentyThousandListenersAndFiveHundredNamespaces() throws Exception {
    Bpf.assumeItLoads();
    try (NetworkNamespace namespace = NetworkNamespace.create(1 << 20);
        Lab lab =
            Lab.in(
                namespace,
                "ipv4:established=" + CONNECTIONS / 2,
                "ipv6:established=" + CONNECTIONS / 2);
        Lab listeners =
            Lab.in(namespace, "ipv4:listen=" + LISTENERS / 2, "ipv6:listen=" + LISTENERS / 2);
        ManyNamespaces pods = ManyNamespaces.create(NAMESPACES, LISTENERS_EACH);
        MemoryLimit pod = MemoryLimit.of(POD_BYTES);
        RunningAgent agent =
            RunningAgent.start(pod.command(namespace.command()), Map.of(), "--netns=all");
        HttpExchange http = new HttpExchange(namespace.connect(agent.port()))) {
      assertThat(made(lab) + made(listeners)).isGreaterThanOrEqualTo(1_000_000);
      assertThat(pods).isNotNull();
      double firstCpu = agent.proc().cpuSeconds();
      long start = System.nanoTime();
      List<Double> seconds = new ArrayList<>();
      Answer answer = http.get("/metrics");
      while (System.nanoTime() - start < TimeUnit.MINUTES.toNanos(MINUTES)) {
        Thread.sleep(5000);
        long asked = System.nanoTime();
        answer = http.get("/metrics", "Accept-Encoding: gzip");
        seconds.add((System.nanoTime() - asked) / 1e9);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(established(answer)).isGreaterThanOrEqualTo(2.0 * CONNECTIONS);
      }
      double passed = (System.nanoTime() - start) / 1e9;
      double scanCpu = answer.sample("synoptic_scan_cpu_seconds_total");
      double slowest = seconds.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
      String peak = agent.proc().status("VmHWM");
      System.out.printf(
          "measured: %.0f scans in %.0f s, %.0f postponed, %.1f s apart on average by the budget: %.2f s of CPU"
              + " a scan, %.1f %% of a core; the whole agent %.1f %%; the slowest scrape %.2f s, of"
              + " %d bytes; %s at most%n",
          answer.sample(SCANS),
          passed,
          answer.sample("synoptic_postponed_scans_total"),
          answer.sample("synoptic_scan_interval_seconds"),
          scanCpu / answer.sample(SCANS),
          100 * scanCpu / passed,
          100 * (agent.proc().cpuSeconds() - firstCpu) / passed,
          slowest,
          answer.length(),
          peak);

      // What a minute leaves was there at the start, and the last scan overdraws.
      assertThat(scanCpu).isLessThan(SHARE * (60 + passed) + 2 * scanCpu / answer.sample(SCANS));
      assertThat(slowest).isLessThan(10);
      assertThat(answer.sample("synoptic_folded_listeners"))
          .isGreaterThanOrEqualTo(LISTENERS + NAMESPACES * LISTENERS_EACH - GROUPS);
      assertThat(answer.sample("synoptic_unlisted_namespaces")).isZero();
      assertThat(answer.sample("synoptic_exposition_success")).isEqualTo(1);
      assertThat(Long.parseLong(peak.replaceAll("\\D", ""))).isLessThan(POD_BYTES >> 10);
      assertThat(pod.killed()).isZero();
      assertThat(http.get("/-/ready").status()).isEqualTo(200);
      assertThat(agent.errors().lines()).allMatch(line -> line.contains("scans are postponed"));
    }
  }
}
