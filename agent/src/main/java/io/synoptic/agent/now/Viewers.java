package io.synoptic.agent.now;

import io.synoptic.CollectorReport;
import io.synoptic.ScanBudget;
import io.synoptic.ScanReport;
import io.synoptic.SharedScanner;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;

/**
 * People who look at the same time: they share one scan each second, fewer where a scan is dear.
 * Nothing is scanned when nobody looks.
 */
public final class Viewers {
  /** Of the time that scans for viewers may take. */
  private static final double SHARE = 0.05;

  private static final long SLOWEST_SECONDS = 60;

  private final SharedScanner scanner;
  private int measured;
  private long scans;
  private double scanSeconds;
  private double fastestSeconds;

  /**
   * The last scans, of which the fastest counts: on a busy machine, and at first, most are slow.
   */
  private final double[] lastScanSeconds = new double[4];

  private volatile long refreshSeconds = 1;

  /** Viewers of what a scanner reports. */
  public Viewers(SharedScanner scanner) {
    this.scanner = scanner;
  }

  /** From one scan for viewers to the next, at least. */
  public long refreshSeconds() {
    return refreshSeconds;
  }

  /** A report that is no older than that, or the one of a scan that runs or starts now. */
  public CompletableFuture<ScanReport> report() {
    ScanReport latest = scanner.latest();
    measure(latest.scan(), latest.budget().map(ScanBudget::interval).orElse(Duration.ZERO));
    return latest.scan().isRecent(Duration.ofSeconds(refreshSeconds))
        ? CompletableFuture.completedFuture(latest)
        : scanner.fresh();
  }

  private synchronized void measure(CollectorReport scan, Duration budgeted) {
    if (scan.scans() > scans) {
      double seconds = (scan.scanSeconds() - scanSeconds) / (scan.scans() - scans);
      lastScanSeconds[measured++ % lastScanSeconds.length] = seconds;
      fastestSeconds = Arrays.stream(lastScanSeconds).min().orElse(0);
      scans = scan.scans();
      scanSeconds = scan.scanSeconds();
    }
    refreshSeconds = Math.max(refreshSeconds(fastestSeconds), seconds(budgeted));
  }

  private static long seconds(Duration interval) {
    return (long) Math.ceil(interval.toNanos() / 1e9);
  }

  /** How often to scan if a scan takes so long. */
  static long refreshSeconds(double scanSeconds) {
    return Math.min(SLOWEST_SECONDS, Math.max(1, (long) Math.ceil(scanSeconds / SHARE)));
  }
}
