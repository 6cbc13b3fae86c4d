package io.synoptic.findings;

import io.synoptic.ScanReport;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What is remembered of the reports of the last ten minutes: of each listener group and namespace,
 * in a few kilobytes for those that have trouble and next to nothing for the others. For use by
 * several threads.
 */
public final class History {
  /** How far it reaches back. */
  public static final Duration REACH = Duration.ofMinutes(10);

  /**
   * A listener group over time.
   *
   * @param fullSince since when the accept queue has been full without a break that was seen; empty
   *     if it is not full
   * @param lastFull when it was full last; empty if it was not in {@link #REACH}
   * @param fullSeconds seconds at full in {@link #REACH}
   * @param drops in {@link #REACH}
   */
  public record Memory(
      Optional<Instant> fullSince, Optional<Instant> lastFull, double fullSeconds, double drops) {
    /** Nothing happened. */
    public static final Memory NONE = new Memory(Optional.empty(), Optional.empty(), 0, 0);
  }

  /** Takes in the report of the latest scan, whether it was good or not. */
  public synchronized void add(ScanReport report) {}

  /** What is remembered of a group by its address and port, in a namespace of the last report. */
  public synchronized Memory listener(
      io.synoptic.NetworkNamespace namespace, String address, String port) {
    return Memory.NONE;
  }
}
