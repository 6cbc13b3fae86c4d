package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.synoptic.agent.HttpExchange.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** An agent whose scans would cost more than they may. */
@Tag("waits")
class CpuBudgetIT {
  private static final String SCANS = "synoptic_scan_duration_seconds_count{collector=\"sockets\"}";
  private static final String TAKEN =
      "synoptic_last_successful_scan_timestamp_seconds{collector=\"sockets\"}";
  private static final String ESTABLISHED =
      "synoptic_tcp_sockets{family=\"ipv4\",namespace=\"\",netns=\"\",pod=\"\",state=\"established\"}";
  private static final double SHARE = 0.001;

  private static JsonObject now(HttpExchange http) throws Exception {
    return JsonParser.parseString(http.get("/api/v1/now").text()).getAsJsonObject();
  }

  /** Each scan reads 60,000 lines of text: some 50 ms, which a thousandth of a core has in 50 s. */
  @Test
  void itScansLessOftenKeepsTheLastFiguresAndSaysSo() throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create(131072);
        Lab lab = Lab.in(namespace, "ipv4:established=30000");
        RunningAgent agent =
            RunningAgent.startIn(
                namespace,
                "--source=proc",
                "--scan.min-interval=10ms",
                "--scan.max-age=1s",
                "--scan.cpu-budget=0.1");
        HttpExchange http = new HttpExchange(namespace.connect(agent.port()))) {
      assertThat(lab.sockets()).containsEntry("ipv4 established", 60_000L);
      long start = System.nanoTime();
      List<Answer> answers = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        answers.add(http.get("/metrics"));
        Thread.sleep(100);
      }
      Answer last = answers.get(answers.size() - 1);
      double seconds = (System.nanoTime() - start) / 1e9;

      // What a minute leaves was there at the start, and the last scan overdraws.
      assertThat(last.sample("synoptic_scan_cpu_seconds_total"))
          .isPositive()
          .isLessThan(SHARE * (60 + seconds) + 2);
      assertThat(last.sample(SCANS)).isBetween(1.0, 12.0);
      assertThat(last.sample("synoptic_postponed_scans_total")).isGreaterThan(40);
      assertThat(last.sample("synoptic_scan_interval_seconds")).isGreaterThan(5);
      // They are older than --scan.max-age, and are those of the last scan, not of a failure.
      assertThat(last.sample(TAKEN)).isLessThan(System.currentTimeMillis() / 1e3 - 1);
      assertThat(last.sample("synoptic_scan_success{collector=\"sockets\"}")).isEqualTo(1);
      assertThat(answers)
          .allSatisfy(answer -> assertThat(answer.sample(ESTABLISHED)).isGreaterThan(59_999));
      assertThat(http.get("/-/ready").status()).isEqualTo(200);
      assertThat(http.get("/-/healthy").status()).isEqualTo(200);

      JsonObject now = now(http);
      assertThat(now.get("status").getAsString()).isNotEqualTo("unknown");
      assertThat(now.get("unknown").toString())
          .contains("what lasts less than", "0.1 % of a core: raise --scan.cpu-budget");
      assertThat(now.getAsJsonObject("scan").get("refresh_seconds").getAsLong()).isGreaterThan(5);
      assertThat(http.get("/").text()).contains("raise --scan.cpu-budget");
      assertThat(agent.errors().lines())
          .singleElement()
          .asString()
          .contains("scans are postponed, about ", " s apart from now on")
          .contains("over 0.1 % of a core");
    }
  }

  @Test
  void offIsNoBound() throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create(131072);
        Lab lab = Lab.in(namespace, "ipv4:established=20000");
        RunningAgent agent =
            RunningAgent.startIn(
                namespace, "--source=proc", "--scan.min-interval=10ms", "--scan.cpu-budget=off");
        HttpExchange http = new HttpExchange(namespace.connect(agent.port()))) {
      assertThat(lab.sockets()).isNotEmpty();
      double before = http.get("/metrics").sample(SCANS);
      long start = System.nanoTime();
      int asked = 0;
      while (System.nanoTime() - start < TimeUnit.SECONDS.toNanos(3)) {
        Thread.sleep(20);
        Answer answer = http.get("/metrics");
        asked++;

        assertThat(answer.sample(SCANS)).isEqualTo(before + asked);
        assertThat(answer.text()).doesNotContain("synoptic_postponed_scans");
      }
      assertThat(agent.errors()).isEmpty();
    }
  }
}
