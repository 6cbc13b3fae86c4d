package io.synoptic.internal.limits;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * CPU time that may be spent: a token bucket that fills with a share of a core and holds that of
 * some seconds. It may be overdrawn; then the next spending waits.
 */
public final class CpuBudget {
  private final double share;
  private final double savedAtMost;
  private final LongSupplier clock;
  private double left;
  private long spent;
  private long earnedUntil;

  /**
   * A budget that starts with all that can be saved.
   *
   * @param seconds whose share can be saved
   * @param clock nanoseconds since any moment
   */
  public CpuBudget(double share, int seconds, LongSupplier clock) {
    this.share = share;
    this.clock = clock;
    savedAtMost = share * TimeUnit.SECONDS.toNanos(seconds);
    left = savedAtMost;
    earnedUntil = clock.getAsLong();
  }

  /** Whether something may be spent now. */
  public boolean isLeft() {
    long now = clock.getAsLong();
    left = Math.min(savedAtMost, left + share * (now - earnedUntil));
    earnedUntil = now;
    return left > 0;
  }

  /** How long to wait until something is left, in nanoseconds; 0 if something is. */
  public long nanosUntilLeft() {
    return isLeft() ? 0 : (long) Math.ceil(-left / share);
  }

  /** Takes {@code nanos} of CPU time from it. */
  public void spend(long nanos) {
    left -= nanos;
    spent += nanos;
  }

  /** All that was spent, in nanoseconds. */
  public long spent() {
    return spent;
  }
}
