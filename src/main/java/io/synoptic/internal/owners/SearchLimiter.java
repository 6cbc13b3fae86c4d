package io.synoptic.internal.owners;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How often to search for what is not known. A search finds everything there is at once, and costs;
 * so a pause follows each, long enough that searching takes less than a hundredth of a core, and a
 * key that was not found in a number of searches is given up.
 *
 * @param <K> what is searched for
 */
final class SearchLimiter<K> {
  private static final int KEYS = 16384;
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final int PAUSE_PER_SEARCH = 100;

  private final LongSupplier clock;
  private final int tries;
  private final Map<K, Integer> lastSearch = BoundedMap.leastRecentlyUsed(KEYS);
  private int searches;
  private long pauseEnds;

  /**
   * A pace that begins without a pause.
   *
   * @param tries searches, begun after a key was first asked for, until it is given up
   * @param clock nanoseconds since whenever
   */
  SearchLimiter(int tries, LongSupplier clock) {
    this.tries = tries;
    this.clock = clock;
    pauseEnds = clock.getAsLong();
  }

  /** Whether a search could find {@code key} still. The key is remembered as asked for. */
  boolean isOpen(K key) {
    return searches < lastSearch.computeIfAbsent(key, k -> searches + tries);
  }

  /** Whether the pause is over. */
  boolean isDue() {
    return clock.getAsLong() - pauseEnds >= 0;
  }

  /** A search has ended that took {@code nanos}. */
  void searched(long nanos) {
    searches++;
    pauseEnds = clock.getAsLong() + Math.max(PAUSE_NANOS, PAUSE_PER_SEARCH * nanos);
  }
}
