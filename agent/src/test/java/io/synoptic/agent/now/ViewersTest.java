package io.synoptic.agent.now;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.Collector;
import io.synoptic.CollectorReport;
import io.synoptic.ScanReport;
import io.synoptic.SharedScanner;
import io.synoptic.SourceUsed;
import java.time.Duration;
import java.util.EnumSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ViewersTest {
  private final AtomicInteger scans = new AtomicInteger();
  private final AtomicLong scanMillis = new AtomicLong();

  private ScanReport scan(ScanReport latest) {
    scans.incrementAndGet();
    CollectorReport report = latest.collectors().get(Collector.COUNTERS);
    long nanos = TimeUnit.MILLISECONDS.toNanos(scanMillis.get());
    return latest.with(Collector.COUNTERS, report.succeeded(SourceUsed.PROCFS, nanos));
  }

  private SharedScanner scanner() {
    return SharedScanner.of(
        ScanReport.empty(EnumSet.of(Collector.COUNTERS)), this::scan, Duration.ZERO);
  }

  @ParameterizedTest
  @CsvSource({"0,1", "0.002,1", "0.05,1", "0.051,2", "1,20", "100,60"})
  void scansForViewersTakeATwentiethOfTheTime(double scanSeconds, long refreshSeconds) {
    assertThat(Viewers.refreshSeconds(scanSeconds)).isEqualTo(refreshSeconds);
  }

  @Test
  void manyShareOneScanASecond() {
    try (SharedScanner scanner = scanner()) {
      Viewers viewers = new Viewers(scanner);
      long start = System.nanoTime();
      for (int i = 0; i < 1000; i++) {
        viewers.report().join();
      }
      long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);

      assertThat(scans.get()).isLessThanOrEqualTo((int) seconds + 1);
    }
  }

  private static long refreshAfterScan(SharedScanner scanner, Viewers viewers) {
    scanner.fresh().join();
    viewers.report().join();
    return viewers.refreshSeconds();
  }

  @Test
  void onlyScansThatAreSlowEachTimeMakeViewersWait() {
    try (SharedScanner scanner = scanner()) {
      Viewers viewers = new Viewers(scanner);
      scanMillis.set(1000);
      for (int i = 0; i < 3; i++) {
        assertThat(refreshAfterScan(scanner, viewers)).isEqualTo(1);
      }
      assertThat(refreshAfterScan(scanner, viewers)).isEqualTo(20);

      scanMillis.set(10);
      assertThat(refreshAfterScan(scanner, viewers)).isEqualTo(1);
    }
  }
}
