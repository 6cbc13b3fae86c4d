package io.synoptic.findings;

import java.time.Duration;
import java.time.Instant;

/**
 * A point in time.
 *
 * @param wall to be shown; it jumps when somebody sets the clock
 * @param nanos to measure spans with, of {@link System#nanoTime()}
 */
record Moment(Instant wall, long nanos) {
  /** Up to this the clocks may drift apart before one that was noted is corrected. */
  private static final Duration DRIFT = Duration.ofSeconds(2);

  Moment minusNanos(long span) {
    return new Moment(wall.minusNanos(span), nanos - span);
  }

  /** From {@code earlier} to this one. */
  long nanosSince(Moment earlier) {
    return nanos - earlier.nanos;
  }

  /**
   * When {@code earlier} was by the clock that shows this moment, which may have been set since.
   */
  Instant wallOf(Moment earlier) {
    Instant now = wall.minusNanos(nanosSince(earlier));
    boolean same = Duration.between(now, earlier.wall).abs().compareTo(DRIFT) < 0;
    return same ? earlier.wall : now;
  }
}
