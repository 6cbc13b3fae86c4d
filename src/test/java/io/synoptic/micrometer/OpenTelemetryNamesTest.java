package io.synoptic.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.synoptic.Collector;
import io.synoptic.ScanReport;
import io.synoptic.SharedScanner;
import io.synoptic.TcpState;
import io.synoptic.catalogue.MetricCatalogue;
import io.synoptic.catalogue.MetricFamily;
import io.synoptic.testing.TestSnapshots;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The names of OpenTelemetry's semantic conventions, which an embedder may ask for. */
class OpenTelemetryNamesTest {
  private static final String CONNECTIONS = "system.network.connection.count";

  /** Figures of {@link TestSnapshots}, the same after every scan. */
  private static SharedScanner scanner() {
    SharedScanner scanner =
        SharedScanner.of(
            ScanReport.empty(EnumSet.of(Collector.SOCKETS)),
            latest -> TestSnapshots.report(latest, TestSnapshots.snapshot()),
            Duration.ofHours(1));
    scanner.fresh().join();
    return scanner;
  }

  private static MeterRegistry bound(SocketMetrics metrics) {
    MeterRegistry registry = new SimpleMeterRegistry();
    metrics.bindTo(registry);
    return registry;
  }

  private static String shown(Gauge gauge) {
    return gauge.getId().getTags().stream()
            .map(tag -> tag.getKey() + "=" + tag.getValue())
            .collect(Collectors.joining(",", "{", "} "))
        + (long) gauge.value();
  }

  /** Tags of a meter are in alphabetical order. */
  private static List<String> expected(String type, int more) {
    return Map.ofEntries(
            Map.entry("established", 1),
            Map.entry("syn_sent", 2),
            Map.entry("syn_received", 3),
            Map.entry("fin_wait_1", 4),
            Map.entry("fin_wait_2", 5),
            Map.entry("time_wait", 6),
            Map.entry("closed", -more),
            Map.entry("close_wait", 8),
            Map.entry("last_ack", 9),
            Map.entry("listen", 10),
            Map.entry("closing", 11))
        .entrySet()
        .stream()
        .map(
            state ->
                "{network.connection.state=%s,network.transport=tcp,network.type=%s} %d"
                    .formatted(state.getKey(), type, more + state.getValue()))
        .toList();
  }

  @Test
  void everyStateHasItsNameInTheConventionAndItsOwnCount() {
    try (SocketMetrics metrics =
        SocketMetrics.builder().scanner(scanner()).openTelemetryNames(true).build()) {
      assertThat(
              bound(metrics).get(CONNECTIONS).gauges().stream().map(OpenTelemetryNamesTest::shown))
          .containsExactlyInAnyOrderElementsOf(
              Stream.of(expected("ipv4", 100), expected("ipv6", 200))
                  .flatMap(List::stream)
                  .toList());
    }
  }

  /** A unit in braces would become a part of the name in Prometheus. */
  @Test
  void theCountHasNoUnit() {
    try (SocketMetrics metrics =
        SocketMetrics.builder().scanner(scanner()).openTelemetryNames(true).build()) {
      assertThat(bound(metrics).get(CONNECTIONS).gauges())
          .extracting(gauge -> gauge.getId().getBaseUnit())
          .containsOnlyNulls();
    }
  }

  @Test
  void noFigureHasTwoNames() {
    try (SocketMetrics plain = SocketMetrics.builder().scanner(scanner()).build();
        SocketMetrics conventional =
            SocketMetrics.builder().scanner(scanner()).openTelemetryNames(true).build()) {
      List<String> renamed = new ArrayList<>(names(bound(plain)));
      renamed.replaceAll(name -> name.equals("synoptic.tcp.sockets") ? CONNECTIONS : name);

      assertThat(names(bound(conventional))).containsExactlyInAnyOrderElementsOf(renamed);
    }
  }

  private static List<String> names(MeterRegistry registry) {
    return registry.getMeters().stream().map(Meter::getId).map(Meter.Id::getName).toList();
  }

  @Test
  void whatHasNoConventionIsTheCataloguesOwn() {
    List<MetricFamily> catalogue = MetricCatalogue.families();
    List<MetricFamily> families = OpenTelemetryNames.families();

    assertThat(families).hasSameSizeAs(catalogue);
    for (int i = 0; i < families.size(); i++) {
      MetricFamily own = catalogue.get(i);
      assertThat(families.get(i))
          .isEqualTo(OpenTelemetryNames.REPLACEMENTS.getOrDefault(own.name(), own));
    }
    assertThat(families).containsAll(OpenTelemetryNames.REPLACEMENTS.values());
  }

  @Test
  void withoutTheOptionTheNamesAreSynoptics() {
    try (SocketMetrics metrics = SocketMetrics.builder().scanner(scanner()).build()) {
      MeterRegistry registry = bound(metrics);

      assertThat(registry.find(CONNECTIONS).gauges()).isEmpty();
      assertThat(registry.get("synoptic.tcp.sockets").gauges()).hasSize(2 * TcpState.ALL.size());
    }
  }
}
