package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.synoptic.micrometer.SocketMetrics;
import java.lang.ref.WeakReference;
import java.net.ServerSocket;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A program that binds the meters as docs/library.md shows it, and keeps nothing but its registry.
 */
class EmbedderTest {
  static MeterRegistry[] registries() {
    return new MeterRegistry[] {
      new SimpleMeterRegistry(), new PrometheusMeterRegistry(PrometheusConfig.DEFAULT)
    };
  }

  /** As the page has it. */
  private static WeakReference<SocketMetrics> bind(MeterRegistry registry) {
    SocketMetrics metrics = new SocketMetrics();
    metrics.bindTo(registry);
    return new WeakReference<>(metrics);
  }

  private static boolean eventually(BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
    return true;
  }

  /** Until what nothing holds is gone. */
  private static void collectGarbage() throws InterruptedException {
    WeakReference<Object> garbage = new WeakReference<>(new Object());
    assertThat(
            eventually(
                () -> {
                  System.gc();
                  return garbage.get() == null;
                }))
        .isTrue();
  }

  private static double listeners(MeterRegistry registry) {
    return registry.get("synoptic.tcp.sockets").tags("state", "listen").gauges().stream()
        .mapToDouble(gauge -> gauge.value())
        .sum();
  }

  private static double scanned(MeterRegistry registry) {
    return registry.get("synoptic.scanned.sockets").functionCounter().count();
  }

  private static double scans(MeterRegistry registry) {
    return registry
        .get("synoptic.scan.duration")
        .tag("collector", "sockets")
        .functionTimer()
        .count();
  }

  private static boolean isThere(MeterRegistry registry) {
    registry.get("synoptic.build.info").gauge().value(); // reading scans
    return !registry.find("synoptic.tcp.sockets").gauges().isEmpty();
  }

  @ParameterizedTest
  @MethodSource("registries")
  void metersSurviveAGarbageCollection(MeterRegistry registry) throws Exception {
    try (ServerSocket opened = new ServerSocket(0)) {
      WeakReference<SocketMetrics> metrics = bind(registry);
      assertThat(eventually(() -> isThere(registry))).isTrue();
      double before = scanned(registry);
      double scansBefore = scans(registry);
      collectGarbage();

      assertThat(metrics.get()).isNotNull();
      assertThat(opened.isBound()).isTrue();
      assertThat(listeners(registry)).isPositive();
      assertThat(eventually(() -> scanned(registry) > before)).isTrue();
      assertThat(eventually(() -> scans(registry) > scansBefore)).isTrue();
      assertThat(registry.getMeters())
          .allSatisfy(
              meter ->
                  assertThat(meter.measure())
                      .allSatisfy(measured -> assertThat(measured.getValue()).isNotNaN()));
      metrics.get().close();
    }
  }

  @Test
  void aScrapeAfterAGarbageCollectionHasFigures() throws Exception {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    WeakReference<SocketMetrics> metrics = bind(registry);
    assertThat(eventually(() -> isThere(registry))).isTrue();
    collectGarbage();

    assertThat(registry.scrape())
        .contains("synoptic_scan_success{collector=\"sockets\"} 1.0\n")
        .contains("synoptic_tcp_sockets{family=\"ipv4\",state=\"close\"} 0.0\n")
        .doesNotContain("NaN");
    metrics.get().close();
  }

  @ParameterizedTest
  @MethodSource("registries")
  void whatIsClosedIsHeldByNoRegistry(MeterRegistry registry) throws Exception {
    WeakReference<SocketMetrics> metrics = bind(registry);
    metrics.get().close();

    assertThat(registry.getMeters()).isEmpty();
    assertThat(
            eventually(
                () -> {
                  System.gc();
                  return metrics.get() == null;
                }))
        .isTrue();
  }
}
