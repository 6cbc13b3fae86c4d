package io.synoptic.agent;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A day of levels and rates that wander about their mean and have no trend: first-order
 * autoregression, as a busy and healthy host has it. For promtool.
 */
final class NoiseHistory {
  private static final int STEP_SECONDS = 30;
  private static final int STEPS = 24 * 3600 / STEP_SECONDS;

  /** From one step to the next: half of a deviation is left after three minutes. */
  private static final double MEMORY = 0.9;

  private final StringBuilder series = new StringBuilder();
  private final Random random = new Random(1);

  private NoiseHistory() {}

  /** A case in which no alert of these rules may fire for more than five minutes. */
  static String ofADay(Path rules) {
    NoiseHistory noise = new NoiseHistory();
    noise.levels();
    noise.rates();
    return String.join(
        "\n",
        "rule_files: [" + rules + "]",
        "evaluation_interval: 30s",
        "tests:",
        "  - name: noise",
        "    interval: " + STEP_SECONDS + "s",
        "    input_series:",
        noise.series,
        "    promql_expr_test:",
        "      - expr: sum by (alertname) (count_over_time(ALERTS{alertstate=\"firing\"}[1d])) > 10",
        "        eval_time: 24h",
        "        exp_samples: []",
        "");
  }

  /** Halfway to their thresholds. */
  private void levels() {
    String listener = ",address=\"0.0.0.0\",port=\"8443\"";
    level("synoptic_tcp_listener_syn_queue_length", listener, 32, 12);
    constant("synoptic_tcp_listener_syn_queue_limit", listener, 128);
    level("synoptic_tcp_listener_accept_queue_peak_utilization_ratio", listener, 0.5, 0.2);
    String owner = ",unit=\"api.service\",container=\"\",direction=\"outbound\"";
    level("synoptic_tcp_owner_connections", owner + ",state=\"close_wait\"", 60, 20);
    level("synoptic_tcp_time_wait_buckets", "", 45_000, 18_000);
    constant("synoptic_tcp_time_wait_buckets_limit", "", 100_000);
    level("synoptic_tcp_busiest_destination_held_ports", "", 12_000, 4_000);
    constant("synoptic_tcp_ephemeral_ports_limit", "", 28_232);
    level("synoptic_tcp_sockets", ",family=\"ipv4\",state=\"syn_sent\"", 5, 3);
    level("synoptic_tcp_host_orphans", "", 16_000, 6_000);
    constant("synoptic_tcp_host_orphans_limit", "", 65_536);
    level("synoptic_tcp_host_memory_bytes", "", 5e8, 2e8);
    constant("synoptic_tcp_host_memory_pressure_bytes", "", 1e9);
  }

  /** As many a second on average. */
  private void rates() {
    String listener = ",address=\"0.0.0.0\",port=\"8443\"";
    rate("synoptic_tcp_listener_accept_queue_utilization_seconds_total", listener, 0.25, 0.1);
    rate("synoptic_tcp_listener_accept_queue_full_seconds_total", listener, 0.005, 0.003);
    rate("synoptic_tcp_syncookies_sent_total", "", 0.5, 0.3);
    rate("synoptic_tcp_syncookies_received_total", "", 0.1, 0.05);
    constant("synoptic_tcp_syncookies_mode", "", 1);
    rate("synoptic_tcp_connection_requests_dropped_total", "", 0.05, 0.03);
    rate("synoptic_tcp_accept_queue_overflows_total", "", 0.02, 0.01);
    rate("synoptic_tcp_syn_queue_full_drops_total", "", 0.01, 0.01);
    rate("synoptic_tcp_active_opens_total", "", 5, 1);
    rate("synoptic_tcp_connection_attempts_failed_total", "", 0.5, 0.15);
    rate("synoptic_tcp_retransmitted_syn_segments_total", "", 2, 1);
    rate("synoptic_tcp_retransmitted_segments_total", "", 27, 8);
    rate("synoptic_tcp_sent_segments_total", "", 1000, 200);
    rate("synoptic_tcp_aborts_on_memory_total", "", 0.01, 0.01);
    rate("synoptic_listener_observed_seconds_total", "", 0.98, 0.01);
    constant("up", "", 1);
    constant("synoptic_scan_success", ",collector=\"sockets\"", 1);
  }

  private void level(String name, String labels, double mean, double deviation) {
    add(name, labels, values(mean, deviation));
  }

  private void rate(String name, String labels, double mean, double deviation) {
    double[] sum = {0};
    add(
        name,
        labels,
        IntStream.range(0, STEPS + 1)
            .mapToObj(
                new Wander(mean, deviation)
                        .andThen(value -> sum[0] += value * STEP_SECONDS)
                        .andThen(NoiseHistory::text)
                    ::apply)
            .collect(Collectors.joining(" ")));
  }

  private void constant(String name, String labels, double value) {
    add(name, labels, text(value) + "x" + STEPS);
  }

  private String values(double mean, double deviation) {
    return IntStream.range(0, STEPS + 1)
        .mapToObj(new Wander(mean, deviation).andThen(NoiseHistory::text)::apply)
        .collect(Collectors.joining(" "));
  }

  private void add(String name, String labels, String values) {
    series
        .append("      - series: '")
        .append(name)
        .append("{job=\"synoptic\",instance=\"noisy:10119\"")
        .append(labels)
        .append("}'\n        values: '")
        .append(values)
        .append("'\n");
  }

  private static String text(double value) {
    return String.format(Locale.ROOT, "%.4g", value).contains("e")
        ? String.format(Locale.ROOT, "%.0f", value)
        : String.format(Locale.ROOT, "%.4f", value);
  }

  /** A value that wanders, and is not negative. */
  private final class Wander implements Function<Integer, Double> {
    private final double mean;
    private final double deviation;
    private double off;

    Wander(double mean, double deviation) {
      this.mean = mean;
      this.deviation = deviation;
    }

    @Override
    public Double apply(Integer step) {
      off = MEMORY * off + Math.sqrt(1 - MEMORY * MEMORY) * deviation * random.nextGaussian();
      return Math.max(0, mean + off);
    }
  }
}
