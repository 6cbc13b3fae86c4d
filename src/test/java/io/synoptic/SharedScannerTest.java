package io.synoptic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.synoptic.catalogue.MetricCatalogue;
import io.synoptic.testing.TestLog;
import io.synoptic.testing.TestProcfs;
import io.synoptic.testing.TestSnapshots;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.event.Level;

@Timeout(20)
class SharedScannerTest {
  private static final Duration LONG = Duration.ofHours(1);

  private final AtomicInteger scans = new AtomicInteger();
  private final CountDownLatch gate = new CountDownLatch(1);

  private static SharedScanner share(Supplier<SocketSnapshot> scan, Duration minInterval) {
    return new SharedScanner(
        ScanReport.empty(EnumSet.of(Collector.SOCKETS)),
        latest -> TestSnapshots.report(latest, scan.get()),
        () -> {},
        () -> {},
        report -> {},
        minInterval,
        Optional.empty());
  }

  private SocketSnapshot scanBehindGate() {
    scans.incrementAndGet();
    try {
      gate.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return TestSnapshots.snapshot();
  }

  private SocketSnapshot fail() {
    scans.incrementAndGet();
    throw new ScanException("refused", 13, Map.of(Rejection.SEQUENCE, 2L));
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
      assertThat(patient.join().own().sockets()).isPresent();
      assertThat(scans).hasValue(1);
    }
  }

  @Test
  void aFailedScanKeepsTheLastGoodSnapshotAndSaysWhy() {
    AtomicInteger turn = new AtomicInteger();
    Supplier<SocketSnapshot> onceGood =
        () -> turn.getAndIncrement() == 0 ? TestSnapshots.snapshot() : fail();
    try (SharedScanner scanner = share(onceGood, Duration.ZERO)) {
      ScanReport good = scanner.fresh().join();
      ScanReport bad = scanner.fresh().join();

      assertThat(bad.scan().failure()).hasValueSatisfying(e -> assertThat(e).hasMessage("refused"));
      assertThat(bad.own().sockets()).isEqualTo(good.own().sockets());
      assertThat(bad.scannedSockets()).isEqualTo(good.scannedSockets());
      assertThat(bad.rejectedMessages()).containsEntry(Rejection.SEQUENCE, 11L + 2);
    }
  }

  @Test
  void aScanThatEndsInAnErrorHasFailedAndTheNextOneRuns() {
    AtomicInteger turn = new AtomicInteger();
    Supplier<SocketSnapshot> onceOutOfMemory =
        () -> {
          if (turn.getAndIncrement() == 0) {
            throw new OutOfMemoryError("no heap");
          }
          return TestSnapshots.snapshot();
        };
    try (SharedScanner scanner = share(onceOutOfMemory, Duration.ZERO)) {
      assertThat(scanner.fresh().join().scan().failure())
          .hasValueSatisfying(e -> assertThat(e).hasMessageContaining("no heap"));
      assertThat(scanner.fresh().join().own().sockets()).isPresent();
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
    assertThat(waiting.join().own().sockets()).isPresent();
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
    Supplier<SocketSnapshot> thriceAtFault =
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
            ScanReport.empty(EnumSet.of(Collector.SOCKETS)),
            latest -> TestSnapshots.report(latest, TestSnapshots.snapshot()),
            () -> {
              throw new UnsatisfiedLinkError("synoptic_yield_to_others");
            },
            () -> {},
            report -> {},
            LONG,
            Optional.empty())) {
      assertThat(success(scanner.fresh().join())).isEqualTo(1);
    }
  }

  @Test
  void aReportIsHandedOnBeforeItIsWaitedForAndWhateverThatThrows() {
    List<ScanReport> seen = new ArrayList<>();
    try (SharedScanner scanner =
        new SharedScanner(
            ScanReport.empty(EnumSet.of(Collector.SOCKETS)),
            latest -> TestSnapshots.report(latest, TestSnapshots.snapshot()),
            () -> {},
            () -> {},
            report -> {
              seen.add(report);
              throw new IllegalStateException("who reads it fails");
            },
            Duration.ZERO,
            Optional.empty())) {
      ScanReport first = scanner.fresh().join();
      ScanReport second = scanner.fresh().join();

      assertThat(seen).containsExactly(first, second);
      assertThat(success(second)).isEqualTo(1);
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

  private static SocketSnapshot sneak(Throwable fault) {
    if (fault instanceof Error error) {
      throw error;
    }
    throw (RuntimeException) fault;
  }

  /** Each collector fails by itself. */
  @Test
  void aScanThatFailsLeavesTheCountersFresh() {
    NamespaceCounters counters =
        new NamespaceCounters(Map.of(KernelCounter.IN_SEGS, 7.0), List.of());
    ScanReport empty = ScanReport.empty(EnumSet.of(Collector.SOCKETS, Collector.COUNTERS));
    ScanReport report =
        empty
            .failed(new IllegalStateException("refused"), 1)
            .with(Collector.COUNTERS, CollectorReport.EMPTY.succeeded(SourceUsed.PROCFS, 1))
            .withOwn(empty.own().with(counters));

    assertThat(report.fresh(LONG)).containsExactly(Collector.COUNTERS);
    assertThat(report.own().counters().orElseThrow().value(KernelCounter.IN_SEGS)).hasValue(7);
  }

  @Test
  void countersThatFailInPartReportTheFailureAndTheRest(@TempDir Path procfs) throws IOException {
    TestProcfs.copy("full", procfs);
    Files.writeString(procfs.resolve("net/netstat"), "TcpExt\n");
    SocketScanner own = SocketScanner.builder().procfs(procfs).build();
    try (SharedScanner scanner =
        SharedScanner.builder(own).collectors(EnumSet.of(Collector.COUNTERS)).build()) {
      ScanReport report = scanner.fresh().join();

      assertThat(report.collector(Collector.COUNTERS).orElseThrow().failure())
          .hasValueSatisfying(e -> assertThat(e).hasMessageContaining("net/netstat"));
      assertThat(report.own().counters().orElseThrow().value(KernelCounter.IN_SEGS)).isPresent();
    }
  }

  @Test
  void aSnapshotOlderThanItsMaximalAgeIsNotShown() throws InterruptedException {
    gate.countDown();
    try (SharedScanner scanner = share(this::scanBehindGate, LONG)) {
      ScanReport report = scanner.fresh().join();
      assertThat(report.fresh(LONG)).containsExactly(Collector.SOCKETS);

      Thread.sleep(5);
      assertThat(report.fresh(Duration.ofMillis(1))).isEmpty();
      assertThat(report.own().sockets()).isPresent();
    }
  }

  @Test
  void whileTheNextScanIsPostponedNoFigureAges() throws InterruptedException {
    gate.countDown();
    try (SharedScanner scanner = share(this::scanBehindGate, LONG)) {
      ScanReport report =
          scanner
              .fresh()
              .join()
              .with(new ScanBudget(0.05, 1, 1, true, Duration.ofSeconds(20), LONG));
      Thread.sleep(5);

      assertThat(report.fresh(Duration.ofMillis(1))).containsExactly(Collector.SOCKETS);
      assertThat(report.isGood(Duration.ofMillis(1))).isTrue();
    }
  }
}
