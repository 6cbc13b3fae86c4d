package io.synoptic;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.internal.ScanPacer;
import io.synoptic.testing.TestLog;
import io.synoptic.testing.TestSnapshots;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.event.Level;

/** Scans that cost more than they may. */
@Timeout(20)
class PostponedScansTest {
  private final AtomicLong now = new AtomicLong();
  private final AtomicLong cpu = new AtomicLong();

  @BeforeEach
  void clear() {
    TestLog.LINES.clear();
  }

  /** Each takes four seconds of CPU time: of a core's twentieth, eighty seconds. */
  private SharedScanner scanner(boolean failing) {
    return new SharedScanner(
        ScanReport.empty(EnumSet.of(Collector.SOCKETS)),
        latest -> {
          cpu.addAndGet(TimeUnit.SECONDS.toNanos(4));
          if (failing) {
            throw new IllegalStateException("refused");
          }
          return TestSnapshots.report(latest, TestSnapshots.snapshot());
        },
        () -> {},
        () -> {},
        report -> {},
        Duration.ZERO,
        Optional.of(new ScanPacer(0.05, now::get, cpu::get)));
  }

  private void pass(long seconds) {
    now.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
  }

  @Test
  void requestsGetTheLastFiguresUntilThereIsTimeForAScan() {
    try (SharedScanner scanner = scanner(false)) {
      ScanReport first = scanner.fresh().join();
      assertThat(first.budget().orElseThrow().isExceeded()).isFalse();
      assertThat(first.budget().orElseThrow().pause()).hasSeconds(20);

      ScanReport postponed = scanner.fresh().join();
      assertThat(postponed.namespaces()).isEqualTo(first.namespaces());
      assertThat(postponed.scan()).isSameAs(first.scan());
      assertThat(postponed.budget().orElseThrow())
          .isEqualTo(
              new ScanBudget(0.05, 4, 1, true, Duration.ofSeconds(80), Duration.ofSeconds(20)));

      pass(21);
      assertThat(scanner.fresh().join().scan().scans()).isEqualTo(2);
    }
  }

  @Test
  void aFailedScanCostsWhatAGoodOneCosts() {
    try (SharedScanner scanner = scanner(true)) {
      scanner.fresh().join();

      assertThat(scanner.fresh().join().scan().scans()).isEqualTo(1);
    }
  }

  @Test
  void oneLineSaysWhenItBeginsAndOneWhenItEnds() {
    try (SharedScanner scanner = scanner(false)) {
      for (int i = 0; i < 20; i++) {
        scanner.fresh().join();
        pass(15);
      }
      assertThat(TestLog.LINES).hasSize(1);
      assertThat(TestLog.LINES.get(0).level()).isEqualTo(Level.WARN);
      assertThat(TestLog.LINES.get(0).message()).startsWith("scans are postponed");

      pass(700);
      assertThat(scanner.fresh().join().budget().orElseThrow().isExceeded()).isFalse();
      assertThat(TestLog.LINES).hasSize(2);
      assertThat(TestLog.LINES.get(1).message()).isEqualTo("no longer: scans are postponed");
    }
  }

  @Test
  void withoutABudgetEveryRequestScans() {
    try (SharedScanner scanner =
        SharedScanner.of(
            ScanReport.empty(EnumSet.of(Collector.SOCKETS)),
            latest -> TestSnapshots.report(latest, TestSnapshots.snapshot()),
            Duration.ZERO)) {
      for (int i = 1; i <= 10; i++) {
        assertThat(scanner.fresh().join().scan().scans()).isEqualTo(i);
      }
      assertThat(scanner.latest().budget()).isEmpty();
    }
  }
}
