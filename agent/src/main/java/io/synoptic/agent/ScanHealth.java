package io.synoptic.agent;

import io.synoptic.CollectorReport;
import io.synoptic.ScanReport;
import io.synoptic.SharedScanner;
import java.time.Duration;
import java.util.concurrent.Future;

/**
 * Whether scans succeed, and whether they end at all: what systemd's watchdog and the pages for
 * probes go by.
 */
final class ScanHealth {
  private final SharedScanner scanner;
  private final Duration bound;
  private long askedNanos = System.nanoTime();

  /**
   * Of a scanner.
   *
   * @param bound a scan that takes longer hangs
   */
  ScanHealth(SharedScanner scanner, Duration bound) {
    this.scanner = scanner;
    this.bound = bound;
  }

  /** Whether the last scan succeeded. */
  static boolean isGood(ScanReport report) {
    CollectorReport scan = report.scan();
    return scan.takenAt().isPresent() && scan.failure().isEmpty();
  }

  /**
   * Whether a scan hangs. Sees to it that there is one to judge by: it starts a scan twice in each
   * bound even if nobody scrapes, and never waits for it.
   */
  synchronized boolean isHung() {
    if (System.nanoTime() - askedNanos > bound.toNanos() / 2) {
      askedNanos = System.nanoTime();
      Future<?> unused = scanner.fresh();
    }
    return scanner.scanningFor().filter(taken -> taken.compareTo(bound) > 0).isPresent();
  }

  /** One line, for a probe's events. */
  String hangs() {
    return "a scan hangs: it has not ended within "
        + bound.toMillis() / 1000.0
        + " s, which are --scan.max-age and --scan.timeout";
  }
}
