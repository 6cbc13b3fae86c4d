package io.synoptic;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What is known after a scan: the last good snapshot, how the last scan went, and totals since the
 * start. Immutable; each scan makes the next report.
 */
public final class ScanReport {
  /** Before the first scan. */
  static final ScanReport NONE =
      new ScanReport(null, 0, null, 0, 0, 0, 0, new long[Rejection.ALL.size()]);

  private final SocketSnapshot snapshot;
  private final long snapshotNanos;
  private final RuntimeException failure;
  private final long scans;
  private final long scanNanos;
  private final long scannedSockets;
  private final long duplicateSockets;
  private final long[] rejectedMessages;

  private ScanReport(
      SocketSnapshot snapshot,
      long snapshotNanos,
      RuntimeException failure,
      long scans,
      long scanNanos,
      long scannedSockets,
      long duplicateSockets,
      long[] rejectedMessages) {
    this.snapshot = snapshot;
    this.snapshotNanos = snapshotNanos;
    this.failure = failure;
    this.scans = scans;
    this.scanNanos = scanNanos;
    this.scannedSockets = scannedSockets;
    this.duplicateSockets = duplicateSockets;
    this.rejectedMessages = rejectedMessages;
  }

  /** The report after a scan that ended now and took {@code nanos}. */
  ScanReport succeeded(SocketSnapshot next, long nanos) {
    long[] rejected = rejectedMessages.clone();
    for (Rejection reason : Rejection.ALL) {
      rejected[reason.number()] += next.rejectedMessages(reason);
    }
    return new ScanReport(
        next,
        System.nanoTime(),
        null,
        scans + 1,
        scanNanos + nanos,
        scannedSockets + next.scannedSockets(),
        duplicateSockets + next.duplicateSockets(),
        rejected);
  }

  /** The report after a scan that failed: the last good snapshot stays. */
  ScanReport failed(RuntimeException cause, long nanos) {
    long[] rejected = rejectedMessages.clone();
    if (cause instanceof ScanException scan) {
      for (Rejection reason : Rejection.ALL) {
        rejected[reason.number()] += scan.rejectedMessages(reason);
      }
    }
    return new ScanReport(
        snapshot,
        snapshotNanos,
        cause,
        scans + 1,
        scanNanos + nanos,
        scannedSockets,
        duplicateSockets,
        rejected);
  }

  /** The last good snapshot, however old; empty before the first. */
  public Optional<SocketSnapshot> snapshot() {
    return Optional.ofNullable(snapshot);
  }

  /** The last good snapshot if the scan that made it ended at most {@code maxAge} ago. */
  public Optional<SocketSnapshot> snapshot(Duration maxAge) {
    return snapshot().filter(s -> System.nanoTime() - snapshotNanos <= maxAge.toNanos());
  }

  /** When the last good snapshot was taken; empty before the first. */
  public Optional<Instant> takenAt() {
    return snapshot().map(SocketSnapshot::takenAt);
  }

  /** Why the last scan failed; empty if it succeeded, or if there was none. */
  public Optional<RuntimeException> failure() {
    return Optional.ofNullable(failure);
  }

  /** Scans that have ended, well or not. */
  public long scans() {
    return scans;
  }

  /** Seconds that these scans took together. */
  public double scanSeconds() {
    return scanNanos / 1e9;
  }

  /** Sockets counted by all good scans together. */
  public long scannedSockets() {
    return scannedSockets;
  }

  /** Sockets that good scans saw twice and counted once. */
  public long duplicateSockets() {
    return duplicateSockets;
  }

  /** Netlink messages that were not believed, for one reason, in all scans. */
  public long rejectedMessages(Rejection reason) {
    return rejectedMessages[reason.number()];
  }
}
