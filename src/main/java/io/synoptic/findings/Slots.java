package io.synoptic.findings;

import java.util.concurrent.TimeUnit;

/** How much something grew in each half minute of the last ten minutes. */
final class Slots {
  static final long NANOS = TimeUnit.SECONDS.toNanos(30);

  /** As many as {@link History#REACH} has. */
  static final int COUNT = 20;

  /** By number modulo their count. */
  private final float[] sums = new float[COUNT];

  private long newest;

  Slots(long slot) {
    newest = slot;
  }

  void add(long slot, double more) {
    for (long passed = Math.max(newest + 1, slot - COUNT + 1); passed <= slot; passed++) {
      sums[index(passed)] = 0;
    }
    newest = Math.max(newest, slot);
    sums[index(slot)] += (float) more;
  }

  /** The sum of the last {@code many} as seen at {@code slot}. */
  double sum(long slot, int many) {
    double sum = 0;
    for (long i = Math.max(slot - many, newest - COUNT) + 1; i <= newest; i++) {
      sum += sums[index(i)];
    }
    return sum;
  }

  /** The first one with anything as seen at {@code slot}; none is -1. */
  long first(long slot) {
    for (long i = Math.max(0, Math.max(slot, newest) - COUNT + 1); i <= newest; i++) {
      if (sums[index(i)] > 0) {
        return i;
      }
    }
    return -1;
  }

  private static int index(long slot) {
    return (int) Math.floorMod(slot, (long) COUNT);
  }
}
