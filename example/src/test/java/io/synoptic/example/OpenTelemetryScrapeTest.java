package io.synoptic.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.synoptic.micrometer.SocketMetrics;
import java.util.List;
import org.junit.jupiter.api.Test;

/** OpenTelemetry's names as Spring's Micrometer shows them to Prometheus. */
class OpenTelemetryScrapeTest {
  /** The meters of the sockets are registered when the first scan has ended. */
  private static List<String> scrapeOnceScanned(PrometheusMeterRegistry registry)
      throws InterruptedException {
    String text = registry.scrape();
    for (int i = 0; i < 300 && !text.contains("system_network_"); i++) {
      Thread.sleep(100);
      text = registry.scrape();
    }
    return text.lines().toList();
  }

  @Test
  void theConventionsNameReplacesSynoptics() throws Exception {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    try (SocketMetrics metrics = SocketMetrics.builder().openTelemetryNames(true).build()) {
      metrics.bindTo(registry);
      List<String> lines = scrapeOnceScanned(registry);

      assertThat(lines)
          .contains(
              "system_network_connection_count{network_connection_state=\"closed\","
                  + "network_transport=\"tcp\",network_type=\"ipv4\"} 0.0")
          .noneMatch(line -> line.startsWith("synoptic_tcp_sockets"));
      assertThat(lines.stream().filter(line -> line.startsWith("system_network_"))).hasSize(22);
    }
  }
}
