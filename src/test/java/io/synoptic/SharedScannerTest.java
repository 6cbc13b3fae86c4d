package io.synoptic;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
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
    throw new ScanException("refused", 13, new long[] {1, 2, 3});
  }

  @Test
  void fortyRequestsAtOnceShareOneScan() {
    try (SharedScanner scanner = new SharedScanner(this::scanBehindGate, () -> {}, LONG)) {
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
    try (SharedScanner scanner = new SharedScanner(this::scanBehindGate, () -> {}, LONG)) {
      ScanReport first = scanner.fresh().join();

      assertThat(scanner.fresh().join()).isSameAs(first);
    }
  }

  @Test
  void aRequestAfterTheMinimalIntervalScansAgain() {
    gate.countDown();
    try (SharedScanner scanner = new SharedScanner(this::scanBehindGate, () -> {}, Duration.ZERO)) {
      scanner.fresh().join();

      assertThat(scanner.fresh().join().scans()).isEqualTo(2);
    }
  }

  @Test
  void whoeverGivesUpWaitingDoesNotCancelTheScan() {
    try (SharedScanner scanner = new SharedScanner(this::scanBehindGate, () -> {}, LONG)) {
      CompletableFuture<ScanReport> patient = scanner.fresh();
      ScanReport impatient =
          scanner.fresh().completeOnTimeout(scanner.latest(), 10, TimeUnit.MILLISECONDS).join();
      assertThat(impatient.scans()).isZero();

      gate.countDown();
      assertThat(patient.join().snapshot()).isPresent();
      assertThat(scans).hasValue(1);
    }
  }

  @Test
  void aFailedScanKeepsTheLastGoodSnapshotAndSaysWhy() {
    AtomicInteger turn = new AtomicInteger();
    Supplier<SocketSnapshot> onceGood =
        () -> turn.getAndIncrement() == 0 ? TestSnapshots.snapshot() : fail();
    try (SharedScanner scanner = new SharedScanner(onceGood, () -> {}, Duration.ZERO)) {
      ScanReport good = scanner.fresh().join();
      ScanReport bad = scanner.fresh().join();

      assertThat(bad.failure()).hasValueSatisfying(e -> assertThat(e).hasMessage("refused"));
      assertThat(bad.snapshot()).isEqualTo(good.snapshot());
      assertThat(bad.scannedSockets()).isEqualTo(good.scannedSockets());
      assertThat(bad.rejectedMessages(Rejection.SEQUENCE)).isEqualTo(11 + 2);
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
    try (SharedScanner scanner = new SharedScanner(onceOutOfMemory, () -> {}, Duration.ZERO)) {
      assertThat(scanner.fresh().join().failure())
          .hasValueSatisfying(e -> assertThat(e).hasMessageContaining("no heap"));
      assertThat(scanner.fresh().join().snapshot()).isPresent();
    }
  }

  @Test
  void aSnapshotOlderThanItsMaximalAgeIsNotShown() throws InterruptedException {
    gate.countDown();
    try (SharedScanner scanner = new SharedScanner(this::scanBehindGate, () -> {}, LONG)) {
      ScanReport report = scanner.fresh().join();
      assertThat(report.snapshot(LONG)).isPresent();

      Thread.sleep(5);
      assertThat(report.snapshot(Duration.ofMillis(1))).isEmpty();
      assertThat(report.snapshot()).isPresent();
    }
  }
}
