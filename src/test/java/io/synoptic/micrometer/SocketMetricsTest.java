package io.synoptic.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.synoptic.Collector;
import io.synoptic.ScanReport;
import io.synoptic.SharedScanner;
import io.synoptic.SocketScanner;
import io.synoptic.testing.TestSnapshots;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

class SocketMetricsTest {
  private static final String OBSERVED = "synoptic.listener.observed";

  private final MeterRegistry registry = new SimpleMeterRegistry();

  /** Has scanned: bindTo() does not wait for a scan. */
  private static SharedScanner scanned() {
    SharedScanner scanner = SharedScanner.builder(SocketScanner.builder().build()).build();
    scanner.fresh().join();
    return scanner;
  }

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
    try (SharedScanner scanner = scanned();
        SocketMetrics metrics = new SocketMetrics(scanner)) {
      metrics.bindTo(registry);
      double before = listeners();
      for (int i = 0; i < 300; i++) {
        opened.add(new ServerSocket(0));
      }
      TimeUnit.MILLISECONDS.sleep(1100);
      scanner.fresh().join();
      assertThat(listeners()).isCloseTo(before + 300, within(100.0));
    } finally {
      for (ServerSocket socket : opened) {
        socket.close();
      }
    }
  }

  @Test
  void everyStateIsThereFromTheFirstScan() {
    try (SharedScanner scanner = scanned();
        SocketMetrics metrics = new SocketMetrics(scanner)) {
      metrics.bindTo(registry);

      assertThat(registry.get("synoptic.tcp.sockets").gauges()).hasSize(22);
      assertThat(registry.get("synoptic.tcp.sockets").tag("state", "close").gauges())
          .allSatisfy(gauge -> assertThat(gauge.value()).isZero());
    }
  }

  @Test
  void countersAndTimersCarryTheirTotals() {
    try (SharedScanner scanner = scanned();
        SocketMetrics metrics = new SocketMetrics(scanner)) {
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
  void everyMeterHasTheTagsThatWereAskedForBesideItsOwn() {
    try (SharedScanner scanner = scanned();
        SocketMetrics metrics =
            SocketMetrics.builder()
                .scanner(scanner)
                .tags(Tags.of("zone", "a", "state", "mine"))
                .build();
        SocketMetrics others = new SocketMetrics(Tags.of("zone", "b"))) {
      metrics.bindTo(registry);
      MeterRegistry other = new SimpleMeterRegistry();
      others.bindTo(other);

      assertThat(registry.getMeters())
          .allSatisfy(meter -> assertThat(meter.getId().getTag("zone")).isEqualTo("a"));
      assertThat(other.getMeters())
          .allSatisfy(meter -> assertThat(meter.getId().getTag("zone")).isEqualTo("b"));
      assertThat(listeners()).isNotNegative();
    }
  }

  @Test
  void bindingStartsAScanOnTheScannersThreadAndDoesNotWaitForIt() {
    CountDownLatch gate = new CountDownLatch(1);
    SharedScanner scanner =
        SharedScanner.of(
            ScanReport.empty(EnumSet.of(Collector.SOCKETS)),
            latest -> {
              awaitUninterruptibly(gate);
              return TestSnapshots.report(latest, TestSnapshots.snapshot());
            },
            Duration.ZERO);
    try (scanner;
        SocketMetrics metrics = new SocketMetrics(scanner)) {
      metrics.bindTo(registry);
      assertThat(registry.find("synoptic.build.info").gauge()).isNotNull();
      assertThat(registry.find("synoptic.tcp.sockets").gauge()).isNull();

      gate.countDown();
      await(() -> registry.find("synoptic.tcp.sockets").gauges().size() == 22);
    }
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Polls for a minute at most. */
  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    while (!condition.getAsBoolean() && System.nanoTime() < end) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
    assertThat(condition.getAsBoolean()).isTrue();
  }

  @Test
  void aScannerThatWasPassedInIsLeftOpen() {
    try (SharedScanner scanner = SharedScanner.builder(SocketScanner.builder().build()).build()) {
      SocketMetrics one = new SocketMetrics(scanner);
      one.bindTo(registry);
      one.close();
      SocketMetrics other = SocketMetrics.builder().scanner(scanner).build();
      other.bindTo(registry);
      other.close();

      assertThat(scanner.fresh().join().scan().scans()).isPositive();
    }
  }

  @Test
  void aScannerThatWasClosedByItsOwnerBreaksNoReading() {
    SharedScanner scanner = scanned();
    try (SocketMetrics metrics = new SocketMetrics(scanner)) {
      metrics.bindTo(registry);
      scanner.close();

      assertThat(listeners()).isNotNegative();
    }
  }

  /** The accept queues between scans: what the alerts on them need. */
  @Test
  void theSamplerIsOnIfAnIntervalIsAskedFor() throws Exception {
    try (ServerSocket opened = new ServerSocket(0);
        SocketMetrics off = new SocketMetrics();
        SocketMetrics on =
            SocketMetrics.builder().listenerInterval(Duration.ofMillis(250)).build()) {
      MeterRegistry without = new SimpleMeterRegistry();
      off.bindTo(without);
      on.bindTo(registry);
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (registry.find(OBSERVED).functionCounter() == null && System.nanoTime() < end) {
        registry.get("synoptic.build.info").gauge().value(); // reading scans, a second apart
        TimeUnit.MILLISECONDS.sleep(50);
      }

      assertThat(opened.isBound()).isTrue();
      assertThat(registry.find(OBSERVED).functionCounter()).isNotNull();
      without.get("synoptic.build.info").gauge().value();
      assertThat(without.find(OBSERVED).functionCounter()).isNull();
    }
  }

  @Test
  void anIntervalBesideAScannerThatHasItsOwnIsRefused() {
    try (SharedScanner scanner = SharedScanner.builder(SocketScanner.builder().build()).build()) {
      SocketMetrics.Builder both =
          SocketMetrics.builder().scanner(scanner).listenerInterval(Duration.ofMillis(250));

      assertThatThrownBy(both::build)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("SharedScanner.Builder");
    }
  }

  @Test
  void oneBinderServesSeveralRegistries() {
    MeterRegistry other = new SimpleMeterRegistry();
    try (SharedScanner scanner = scanned();
        SocketMetrics metrics = new SocketMetrics(scanner)) {
      metrics.bindTo(registry);
      metrics.bindTo(other);

      assertThat(other.getMeters()).hasSameSizeAs(registry.getMeters());
    }
  }
}
