package io.synoptic;

import java.util.concurrent.TimeUnit;

/**
 * How long to wait from one poll to the next so that all of them take a hundredth of a core at
 * most. What they have left of it is kept, up to a tenth of a second: the first polls of a cold JVM
 * take twenty times as long as the others, and nobody shall be blind because of them.
 */
final class PollPace {
  static final int SHARE_OF_A_CORE = 100;
  static final long SAVINGS = TimeUnit.MILLISECONDS.toNanos(100);

  private final long intervalNanos;
  private long saved = SAVINGS;
  private long last;
  private boolean polled;

  /**
   * A pace.
   *
   * @param intervalNanos from the start of one poll to the start of the next, at least
   */
  PollPace(long intervalNanos) {
    this.intervalNanos = intervalNanos;
  }

  /**
   * From the start of this poll to the start of the next, in nanoseconds.
   *
   * @param start of this poll, by {@link System#nanoTime()}
   * @param spent the CPU time it took
   */
  long after(long start, long spent) {
    long earned = polled ? (start - last) / SHARE_OF_A_CORE : 0;
    saved = Math.min(SAVINGS, saved + earned) - spent;
    last = start;
    polled = true;
    return Math.max(intervalNanos, -saved * SHARE_OF_A_CORE);
  }
}
