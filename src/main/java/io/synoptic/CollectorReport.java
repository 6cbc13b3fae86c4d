package io.synoptic;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How the scans of one collector have gone since the start. Immutable. */
public final class CollectorReport {
  /** Before the first scan. */
  public static final CollectorReport EMPTY = new CollectorReport(0, 0, null, null, null, 0, 0);

  private final long scans;
  private final long scanNanos;
  private final @Nullable RuntimeException failure;
  private final @Nullable SourceUsed source;
  private final @Nullable Instant takenAt;
  private final long goodNanos;
  private final long endedNanos;

  private CollectorReport(
      long scans,
      long scanNanos,
      @Nullable RuntimeException failure,
      @Nullable SourceUsed source,
      @Nullable Instant takenAt,
      long goodNanos,
      long endedNanos) {
    this.scans = scans;
    this.scanNanos = scanNanos;
    this.failure = failure;
    this.source = source;
    this.takenAt = takenAt;
    this.goodNanos = goodNanos;
    this.endedNanos = endedNanos;
  }

  /** The report after a scan that ended now and took {@code nanos}. */
  public CollectorReport succeeded(SourceUsed from, long nanos) {
    long now = System.nanoTime();
    return new CollectorReport(scans + 1, scanNanos + nanos, null, from, Instant.now(), now, now);
  }

  /**
   * The report after scans that something else has counted.
   *
   * @param allScans since the start, good or not
   * @param allNanos that they took together
   * @param newest when the last good one was, by {@link System#nanoTime()}; 0 if none was
   * @param from what that one read from
   * @param cause why the last one failed; null if it did not
   */
  public CollectorReport polled(
      long allScans, long allNanos, long newest, SourceUsed from, @Nullable Throwable cause) {
    boolean good = newest != 0;
    long now = System.nanoTime();
    return new CollectorReport(
        allScans,
        allNanos,
        cause == null ? null : withMessage(cause),
        good ? from : null,
        good ? Instant.now().minusNanos(now - newest) : null,
        newest,
        now);
  }

  /** The report after a scan that failed: the figures of the last good one stay. */
  public CollectorReport failed(Throwable cause, long nanos) {
    return new CollectorReport(
        scans + 1,
        scanNanos + nanos,
        withMessage(cause),
        source,
        takenAt,
        goodNanos,
        System.nanoTime());
  }

  /** An Error, or an exception without a message, gets one. */
  private static RuntimeException withMessage(Throwable cause) {
    return cause instanceof RuntimeException exception && exception.getMessage() != null
        ? exception
        : new IllegalStateException("a scan ended in " + cause, cause);
  }

  /** Scans that have ended, well or not. */
  public long scans() {
    return scans;
  }

  /** Seconds that these scans took together. */
  public double scanSeconds() {
    return scanNanos / 1e9;
  }

  /**
   * Why the last scan failed, with a message; empty if it succeeded, or if there was none. A {@link
   * ScanException} is the kernel's answer, any other a fault of the program.
   */
  public Optional<RuntimeException> failure() {
    return Optional.ofNullable(failure);
  }

  /** Where the last good scan read from; empty before the first. */
  public Optional<SourceUsed> source() {
    return Optional.ofNullable(source);
  }

  /** When the last good scan ended; empty before the first. */
  public Optional<Instant> takenAt() {
    return Optional.ofNullable(takenAt);
  }

  /** Whether the last good scan ended at most {@code maxAge} ago. */
  public boolean isGood(Duration maxAge) {
    return takenAt != null && System.nanoTime() - goodNanos <= maxAge.toNanos();
  }

  /** Whether the last scan, good or not, ended at most {@code maxAge} ago. */
  public boolean isRecent(Duration maxAge) {
    return scans > 0 && System.nanoTime() - endedNanos <= maxAge.toNanos();
  }
}
