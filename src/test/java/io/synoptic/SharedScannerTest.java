package io.synoptic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.event.Level;

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
    throw new ScanException("refused", 13, new long[] {1, 2, 3, 4, 5});
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

  @Test
  void afterClosingEveryRequestIsRefusedAtOnce() {
    SharedScanner scanner = share(this::scanBehindGate, LONG);
    scanner.close();

    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(scanner::fresh)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("this SharedScanner is closed: it scans no more");
    }
    assertThat(scanner.latest().scan().scans()).isZero();
    assertThat(scans).hasValue(0);
  }

  @Test
  void whoWaitsWhileItIsClosedGetsTheScanThatRuns() {
    SharedScanner scanner = share(this::scanBehindGate, LONG);
    CompletableFuture<ScanReport> waiting = scanner.fresh();
    scanner.close();
    assertThatThrownBy(scanner::fresh).isInstanceOf(IllegalStateException.class);

    gate.countDown();
    assertThat(waiting.join().snapshot()).isPresent();
  }

  /** What a scan may end in, besides the kernel's answers. */
  static Stream<Throwable> faults() {
    return Stream.of(
        new NullPointerException(),
        new IllegalStateException("a fault"),
        new StackOverflowError(),
        new NoClassDefFoundError("io/synoptic/Missing"),
        new AssertionError("never"));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void afterAnyFaultTheScannerWorksAndItIsLoggedOnceWithItsStackTrace(Throwable fault) {
    TestLog.LINES.clear();
    AtomicInteger turn = new AtomicInteger();
    Supplier<SocketCounts> thriceAtFault =
        () -> turn.getAndIncrement() < 3 ? sneak(fault) : TestSnapshots.snapshot();
    try (SharedScanner scanner = share(thriceAtFault, Duration.ZERO)) {
      for (int i = 1; i <= 3; i++) {
        ScanReport failed = scanner.fresh().join();
        assertThat(success(failed)).isZero();
        assertThat(failed.scan().failure().orElseThrow().getMessage()).isNotBlank();
        assertThat(failed.scan().scans()).isEqualTo(i);
      }
      assertThat(success(scanner.fresh().join())).isEqualTo(1);
    }
    assertThat(TestLog.LINES).hasSize(2);
    assertThat(TestLog.LINES.get(0).level()).isEqualTo(Level.ERROR);
    assertThat(TestLog.LINES.get(0).cause()).isNotNull();
    assertThat(
            TestLog.LINES.get(0).cause() == fault
                || TestLog.LINES.get(0).cause().getCause() == fault)
        .isTrue();
    assertThat(TestLog.LINES.get(1).message()).startsWith("no longer: ");
  }

  @Test
  void theKernelsAnswerIsLoggedInOneLineWithoutAStackTrace() {
    TestLog.LINES.clear();
    try (SharedScanner scanner = share(this::fail, Duration.ZERO)) {
      scanner.fresh().join();
      scanner.fresh().join();
    }
    assertThat(TestLog.LINES).containsExactly(new TestLog.Line(Level.ERROR, "refused", null));
  }

  @Test
  void anAppenderThatThrowsCostsNoScan() {
    TestLog.broken = true;
    try (SharedScanner scanner = share(this::fail, Duration.ZERO)) {
      assertThat(success(scanner.fresh().join())).isZero();
      assertThat(scanner.fresh().join().scan().scans()).isEqualTo(2);
    } finally {
      TestLog.broken = false;
    }
  }

  @Test
  void aThreadThatCantBeSetUpScansAllTheSame() {
    try (SharedScanner scanner =
        new SharedScanner(
            ScanReport.none(EnumSet.of(Collector.SOCKETS)),
            latest -> TestSnapshots.report(latest, TestSnapshots.snapshot()),
            () -> {
              throw new UnsatisfiedLinkError("synoptic_yield_to_others");
            },
            () -> {},
            LONG)) {
      assertThat(success(scanner.fresh().join())).isEqualTo(1);
    }
  }

  /** As {@code synoptic_scan_success} has it. */
  private static double success(ScanReport report) {
    List<Double> values = new ArrayList<>();
    MetricCatalogue.families().stream()
        .filter(family -> family.name().equals("synoptic.scan.success"))
        .forEach(
            family ->
                family.rows().read(report, (netns, count, value, labels) -> values.add(value)));
    return values.get(0);
  }

  private static SocketCounts sneak(Throwable fault) {
    if (fault instanceof Error error) {
      throw error;
    }
    throw (RuntimeException) fault;
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
