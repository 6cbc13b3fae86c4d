package io.synoptic.internal.limits;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Bounds how many new label values there are within an hour, for a series that has ended costs a
 * Prometheus as much as one that is still there. Those that are the first in their slots are no
 * newcomers; after them so many are admitted within an hour as there are slots. Who was admitted
 * within the hour may go and come back. Times are of {@link System#nanoTime()}.
 *
 * @param <K> what has labels of its own
 */
public final class NewSeriesLimiter<K> {
  public static final long WINDOW = TimeUnit.HOURS.toNanos(1);

  private final int slots;
  private int first;
  private long last;

  /** When each was admitted; the first first. */
  private final Map<K, Long> admitted = new LinkedHashMap<>();

  /** None of {@code slots} is taken yet. */
  public NewSeriesLimiter(int slots) {
    this.slots = slots;
  }

  /** Whether {@code key} may have labels of its own; if so, it counts from now on. */
  public boolean admits(K key, long now) {
    forgetOld(now);
    if (admitted.containsKey(key)) {
      return true;
    }
    if (first < slots) {
      first++;
      last = now;
      return true;
    }
    if (admitted.size() >= slots) {
      return false;
    }
    admitted.put(key, now);
    return true;
  }

  /** Whether no series was admitted within the hour. */
  public boolean areForgotten(long now) {
    forgetOld(now);
    return admitted.isEmpty() && now - last >= WINDOW;
  }

  private void forgetOld(long now) {
    Iterator<Long> times = admitted.values().iterator();
    while (times.hasNext() && now - times.next() >= WINDOW) {
      times.remove();
    }
  }
}
