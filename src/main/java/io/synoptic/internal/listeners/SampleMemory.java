package io.synoptic.internal.listeners;

import io.synoptic.internal.ffi.SamplerBuffer;
import java.util.Arrays;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What each row of a sampler held when it was read last, so that the next reading counts what has
 * been added since: by group, whatever labels the listeners have meanwhile.
 */
final class SampleMemory {
  private static final int SMALLEST = 64;

  /** What the rows held; 0 for one that is new. */
  private long[] serials = new long[0];

  private long[] drops = new long[0];
  private double[] lengths = new double[0];
  private long[] full = new long[0];
  private double[] utilizations = new double[0];

  /** The listeners of the rows; null if it has none that is shown. */
  private @Nullable ListenerTracker.Listener[] listeners = new ListenerTracker.Listener[0];

  /** By row: the group that its time at full and its utilization have counted for. */
  private @Nullable GroupTotals[] groups = new GroupTotals[0];

  private long observed;
  private int reading;

  /**
   * Counts what has been added since the last call.
   *
   * @param trackers by a namespace's cookie; null for one that is not shown
   */
  void read(SamplerBuffer samples, LongFunction<@Nullable ListenerTracker> trackers, long now) {
    resize(samples.count());
    reading++;
    for (int row = 0; row < samples.count(); row++) {
      if (samples.serial(row) != serials[row]) {
        forget(row, samples.serial(row));
      }
      if (serials[row] != 0) {
        count(samples, row, trackers.apply(samples.netnsCookie(row)), now);
      }
    }
    for (int row = 0; row < samples.count(); row++) {
      fold(samples, row);
    }
  }

  /** The time that the sampler has observed since the last call. */
  long observedNanos(SamplerBuffer samples) {
    long before = observed;
    observed = samples.observedNanos();
    return observed - before;
  }

  private void resize(int count) {
    if (count > serials.length) {
      int size = Math.max(SMALLEST, count * 17 / 16);
      serials = Arrays.copyOf(serials, size);
      drops = Arrays.copyOf(drops, size);
      lengths = Arrays.copyOf(lengths, size);
      full = Arrays.copyOf(full, size);
      utilizations = Arrays.copyOf(utilizations, size);
      listeners = Arrays.copyOf(listeners, size);
      groups = Arrays.copyOf(groups, size);
    }
  }

  private void forget(int row, long serial) {
    serials[row] = serial;
    drops[row] = 0;
    lengths[row] = 0;
    full[row] = 0;
    utilizations[row] = 0;
    listeners[row] = null;
    groups[row] = null;
  }

  private void count(SamplerBuffer samples, int row, @Nullable ListenerTracker tracker, long now) {
    long newDrops = samples.drops(row) - drops[row];
    double newLength = samples.lengthNanos(row) - lengths[row];
    long newFull = samples.fullNanos(row) - full[row];
    double newUtilization = samples.utilizationNanos(row) - utilizations[row];
    drops[row] += newDrops;
    lengths[row] += newLength;
    full[row] += newFull;
    utilizations[row] += newUtilization;

    boolean counts =
        samples.isOpen(row)
            || newDrops > 0
            || newLength > 0
            || (groups[row] == null && newUtilization > 0);
    double peak = samples.peakUtilization(row);
    if (tracker != null && counts) {
      find(samples, row, tracker, now);
    } else if (tracker == null || peak == 0) {
      listeners[row] = null;
    }
    GroupTotals after = listeners[row] == null ? null : listeners[row].totals();
    GroupTotals before = groups[row] == null ? after : groups[row];
    if (before != null) {
      before.addTime(newFull, newUtilization);
    }
    if (after != null) {
      after.addDrops(newDrops);
      after.addLength(newLength);
      after.addPeak(peak, reading);
    }
  }

  private void find(SamplerBuffer samples, int row, ListenerTracker tracker, long now) {
    ListenerTracker.Listener listener = listeners[row];
    if (listener == null || listener.isForgotten()) {
      listeners[row] = tracker.listener(samples.address(row), now);
    } else {
      tracker.update(listener, now);
    }
  }

  /** Lets the row count together with the others of its group, in the first of them. */
  private void fold(SamplerBuffer samples, int row) {
    ListenerTracker.Listener listener = listeners[row];
    GroupTotals group = listener == null ? null : listener.totals();
    groups[row] = group;
    if (group != null) {
      if (group.row() > row || groups[group.row()] != group) {
        group.row(row);
      }
      if (samples.group(row) != group.row()) {
        samples.group(row, group.row());
      }
    }
  }
}
