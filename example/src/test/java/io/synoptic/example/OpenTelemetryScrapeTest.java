package io.synoptic.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.synoptic.SocketMetrics;
import java.util.List;
import org.junit.jupiter.api.Test;

/** OpenTelemetry's names as Spring's Micrometer shows them to Prometheus. */
class OpenTelemetryScrapeTest {
  @Test
  void theConventionsNameStandsInsteadOfSynoptics() {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    try (SocketMetrics metrics = SocketMetrics.builder().openTelemetryNames(true).build()) {
      metrics.bindTo(registry);
      List<String> lines = registry.scrape().lines().toList();

      assertThat(lines)
          .contains(
              "system_network_connection_count{network_connection_state=\"closed\","
                  + "network_transport=\"tcp\",network_type=\"ipv4\"} 0.0")
          .noneMatch(line -> line.startsWith("synoptic_tcp_sockets"));
      assertThat(lines.stream().filter(line -> line.startsWith("system_network_"))).hasSize(22);
    }
  }
}
