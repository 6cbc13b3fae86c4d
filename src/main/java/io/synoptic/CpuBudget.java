package io.synoptic;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * CPU time that may be spent: a share of a core. What is not spent is kept, up to that of ten
 * seconds; what is overdrawn is waited for.
 */
final class CpuBudget {
  private static final long SAVED_AT_MOST = TimeUnit.SECONDS.toNanos(10);

  private final double share;
  private final LongSupplier clock;
  private double left;
  private long earnedUntil;

  /**
   * A budget that starts with all that can be saved.
   *
   * @param clock nanoseconds since whenever
   */
  CpuBudget(double share, LongSupplier clock) {
    this.share = share;
    this.clock = clock;
    left = share * SAVED_AT_MOST;
    earnedUntil = clock.getAsLong();
  }

  boolean isLeft() {
    long now = clock.getAsLong();
    left = Math.min(share * SAVED_AT_MOST, left + share * (now - earnedUntil));
    earnedUntil = now;
    return left > 0;
  }

  /** Takes {@code nanos} of CPU time from it. */
  void spend(long nanos) {
    left -= nanos;
  }
}
