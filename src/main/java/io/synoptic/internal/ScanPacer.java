package io.synoptic.internal;

import io.synoptic.ScanBudget;
import io.synoptic.internal.limits.CpuBudget;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Decides whether a scan may start, so that scans take no more than a share of a core: in any time
 * that share of it, and what a minute without a scan has left, and the one scan that overdraws.
 */
public final class ScanPacer {
  private static final int SAVED_SECONDS = 60;

  /** Between two postponed scans; after this, none is postponed any more. */
  private static final long CALM = TimeUnit.MINUTES.toNanos(10);

  /** The last ones make the mean. */
  private static final int SCANS = 4;

  private final double share;
  private final LongSupplier clock;
  private final LongSupplier cpuClock;
  private final CpuBudget budget;
  private long began;
  private long scans;
  private double meanNanos;
  private long postponed;
  private boolean exceeded;
  private long lastPostponed;
  private Duration pause = Duration.ZERO;

  /**
   * Starts with what a minute leaves.
   *
   * @param share of a core, above 0
   * @param clock nanoseconds since any moment
   * @param cpuClock nanoseconds that the calling thread has spent on scans and other work
   */
  public ScanPacer(double share, LongSupplier clock, LongSupplier cpuClock) {
    this.share = share;
    this.clock = clock;
    this.cpuClock = cpuClock;
    budget = new CpuBudget(share, SAVED_SECONDS, clock);
  }

  /** Whether a scan that is requested now may start; if not, it is postponed. */
  public synchronized boolean admits() {
    long now = clock.getAsLong();
    if (budget.isLeft()) {
      exceeded &= now - lastPostponed < CALM;
      return true;
    }
    postponed++;
    exceeded = true;
    lastPostponed = now;
    return false;
  }

  /** A scan begins on the calling thread. */
  public synchronized void begin() {
    began = cpuClock.getAsLong();
  }

  /** It has ended, good or not; returns how it is now. */
  public synchronized ScanBudget end() {
    long cpuNanos = cpuClock.getAsLong() - began;
    budget.spend(cpuNanos);
    scans++;
    meanNanos += (cpuNanos - meanNanos) / Math.min(scans, SCANS);
    pause = Duration.ofNanos(budget.nanosUntilLeft());
    return state();
  }

  /** How it is now. */
  public synchronized ScanBudget state() {
    return new ScanBudget(
        share,
        budget.spent() / 1e9,
        postponed,
        exceeded,
        exceeded ? Duration.ofNanos((long) (meanNanos / share)) : Duration.ZERO,
        pause);
  }
}
