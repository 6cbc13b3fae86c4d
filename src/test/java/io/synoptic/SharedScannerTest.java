package io.synoptic;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class SharedScannerTest {
  private static final Duration LONG = Duration.ofHours(1);

  private final AtomicInteger scans = new AtomicInteger();
  private final CountDownLatch gate = new CountDownLatch(1);

  private static SharedScanner share(Supplier<SocketCounts> scan, Duration minInterval) {
    return new SharedScanner(
        ScanReport.none(EnumSet.of(Collector.SOCKETS)),
        latest -> TestSnapshots.report(latest, scan.get()),
        () -> {},
        () -> {},
        minInterval);
  }

  private SocketCounts scanBehindGate() {
    scans.incrementAndGet();
    try {
      gate.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return TestSnapshots.snapshot();
  }

  private SocketCounts fail() {
    scans.incrementAndGet();
    throw new ScanException("refused", 13, new long[] {1, 2, 3});
  }

  @Test
  void fortyRequestsAtOnceShareOneScan() {
    try (SharedScanner scanner = share(this::scanBehindGate, LONG)) {
      List<CompletableFuture<ScanReport>> requests =
          Stream.generate(scanner::fresh).limit(40).toList();
      gate.countDown();

      assertThat(requests.stream().map(CompletableFuture::join).distinct()).hasSize(1);
      assertThat(scans).hasValue(1);
    }
  }

  @Test
  void aRequestWithinTheMinimalIntervalGetsTheLatestReport() {
    gate.countDown();
    try (SharedScanner scanner = share(this::scanBehindGate, LONG)) {
      ScanReport first = scanner.fresh().join();

      assertThat(scanner.fresh().join()).isSameAs(first);
    }
  }

  @Test
  void aRequestAfterTheMinimalIntervalScansAgain() {
    gate.countDown();
    try (SharedScanner scanner = share(this::scanBehindGate, Duration.ZERO)) {
      scanner.fresh().join();

      assertThat(scanner.fresh().join().scan().scans()).isEqualTo(2);
    }
  }

  @Test
  void whoeverGivesUpWaitingDoesNotCancelTheScan() {
    try (SharedScanner scanner = share(this::scanBehindGate, LONG)) {
      CompletableFuture<ScanReport> patient = scanner.fresh();
      ScanReport impatient =
          scanner.fresh().completeOnTimeout(scanner.latest(), 10, TimeUnit.MILLISECONDS).join();
      assertThat(impatient.scan().scans()).isZero();

      gate.countDown();
      assertThat(patient.join().snapshot()).isPresent();
      assertThat(scans).hasValue(1);
    }
  }

  @Test
  void aFailedScanKeepsTheLastGoodSnapshotAndSaysWhy() {
    AtomicInteger turn = new AtomicInteger();
    Supplier<SocketCounts> onceGood =
        () -> turn.getAndIncrement() == 0 ? TestSnapshots.snapshot() : fail();
    try (SharedScanner scanner = share(onceGood, Duration.ZERO)) {
      ScanReport good = scanner.fresh().join();
      ScanReport bad = scanner.fresh().join();

      assertThat(bad.scan().failure()).hasValueSatisfying(e -> assertThat(e).hasMessage("refused"));
      assertThat(bad.snapshot()).isEqualTo(good.snapshot());
      assertThat(bad.scannedSockets()).isEqualTo(good.scannedSockets());
      assertThat(bad.rejectedMessages(Rejection.SEQUENCE)).isEqualTo(11 + 2);
    }
  }

  @Test
  void aScanThatEndsInAnErrorHasFailedAndTheNextOneRuns() {
    AtomicInteger turn = new AtomicInteger();
    Supplier<SocketCounts> onceOutOfMemory =
        () -> {
          if (turn.getAndIncrement() == 0) {
            throw new OutOfMemoryError("no heap");
          }
          return TestSnapshots.snapshot();
        };
    try (SharedScanner scanner = share(onceOutOfMemory, Duration.ZERO)) {
      assertThat(scanner.fresh().join().scan().failure())
          .hasValueSatisfying(e -> assertThat(e).hasMessageContaining("no heap"));
      assertThat(scanner.fresh().join().snapshot()).isPresent();
    }
  }

  /** Each collector fails by itself. */
  @Test
  void aScanThatFailsLeavesTheCountersFresh() {
    NamespaceCounters counters = new NamespaceCounters(Map.of("TcpInSegs", 7.0), List.of());
    ScanReport report =
        ScanReport.none(EnumSet.of(Collector.SOCKETS, Collector.COUNTERS))
            .failed(new IllegalStateException("refused"), 1)
            .withCounters(Map.of(NetworkNamespace.OWN, counters), 1);

    assertThat(report.fresh(LONG)).containsExactly(Collector.COUNTERS);
    assertThat(report.counters().orElseThrow().value("TcpInSegs")).hasValue(7);
  }

  @Test
  void countersThatFailInPartSaySoAndTellTheRest() {
    ScanReport report =
        ScanReport.none(EnumSet.of(Collector.COUNTERS))
            .withCounters(
                Map.of(
                    NetworkNamespace.OWN,
                    new NamespaceCounters(
                        Map.of("TcpInSegs", 7.0), List.of("netstat: no such file"))),
                1);

    assertThat(report.collector(Collector.COUNTERS).orElseThrow().failure())
        .hasValueSatisfying(e -> assertThat(e).hasMessageContaining("netstat: no such file"));
    assertThat(report.counters().orElseThrow().value("TcpInSegs")).hasValue(7);
  }

  @Test
  void aSnapshotOlderThanItsMaximalAgeIsNotShown() throws InterruptedException {
    gate.countDown();
    try (SharedScanner scanner = share(this::scanBehindGate, LONG)) {
      ScanReport report = scanner.fresh().join();
      assertThat(report.fresh(LONG)).containsExactly(Collector.SOCKETS);

      Thread.sleep(5);
      assertThat(report.fresh(Duration.ofMillis(1))).isEmpty();
      assertThat(report.snapshot()).isPresent();
    }
  }
}
