package io.synoptic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SocketMetricsTest {
  private final MeterRegistry registry = new SimpleMeterRegistry();

  private double listeners() {
    return registry
        .get("synoptic.tcp.sockets")
        .tags("family", "ipv6", "state", "listen")
        .gauge()
        .value();
  }

  /** Others may open and close listeners meanwhile, but not so many. */
  @Test
  void listenersThatAreOpenedAreSeenASecondLater() throws Exception {
    List<ServerSocket> opened = new ArrayList<>();
    try (SocketMetrics metrics = new SocketMetrics()) {
      metrics.bindTo(registry);
      double before = listeners();
      for (int i = 0; i < 300; i++) {
        opened.add(new ServerSocket(0));
      }
      TimeUnit.MILLISECONDS.sleep(1100);
      assertThat(listeners()).isCloseTo(before + 300, within(100.0));
    } finally {
      for (ServerSocket socket : opened) {
        socket.close();
      }
    }
  }

  @Test
  void everyStateIsThereFromTheFirstScan() {
    try (SocketMetrics metrics = new SocketMetrics()) {
      metrics.bindTo(registry);

      assertThat(registry.get("synoptic.tcp.sockets").gauges()).hasSize(22);
      assertThat(registry.get("synoptic.tcp.sockets").tag("state", "close").gauges())
          .allSatisfy(gauge -> assertThat(gauge.value()).isZero());
    }
  }

  @Test
  void countersAndTimersCarryTheirTotals() {
    try (SocketMetrics metrics = new SocketMetrics()) {
      metrics.bindTo(registry);
      FunctionTimer timer = registry.get("synoptic.scan.duration").functionTimer();

      assertThat(timer.count()).isPositive();
      assertThat(timer.totalTime(TimeUnit.SECONDS)).isPositive();
      assertThat(registry.get("synoptic.scan.success").gauge().value()).isEqualTo(1);
    }
  }

  @Test
  void closingRemovesEveryMeter() throws IOException {
    SocketMetrics metrics = new SocketMetrics();
    metrics.bindTo(registry);
    assertThat(registry.getMeters()).isNotEmpty();

    metrics.close();
    assertThat(registry.getMeters()).isEmpty();
  }

  @Test
  void oneBinderServesSeveralRegistries() {
    MeterRegistry other = new SimpleMeterRegistry();
    try (SocketMetrics metrics = new SocketMetrics()) {
      metrics.bindTo(registry);
      metrics.bindTo(other);

      assertThat(other.getMeters()).hasSameSizeAs(registry.getMeters());
    }
  }
}
