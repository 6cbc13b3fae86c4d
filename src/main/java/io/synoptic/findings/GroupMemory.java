package io.synoptic.findings;

import io.synoptic.ListenerGroup;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What is remembered of a listener group: where its counters were, and trouble if it had any. */
final class GroupMemory {
  /** Without a sampler, scans further apart do not see whether a queue stays full. */
  private static final long GAP_NANOS = TimeUnit.MINUTES.toNanos(1);

  /** What the sampler may be behind when a scan reads it. */
  private static final double LAG_SECONDS = 1;

  /** Of the time that the sampler observed: it looks now and then, and the queue may flicker. */
  private static final double MOST_OF = 0.9;

  private static final double NANOS = 1e9;

  /** Of a second: to what the sampler counts. */
  private static final double MILLIS = 1e3;

  /** Where a new group begins, or one that the first report has. */
  private double full;

  private double utilization;
  private long drops;

  /** The report that it was in last. */
  private int report;

  /** When it was in no report any more; of no meaning before. */
  private long goneNanos;

  private @Nullable Trouble trouble;

  /** Of groups that have any: most never do. */
  private static final class Trouble {
    @Nullable Moment fullSince;
    @Nullable Moment lastFull;
    @Nullable Moment highSince;
    @Nullable Moment synHighSince;
    final Slots fullSeconds;
    final Slots drops;

    Trouble(long slot) {
      fullSeconds = new Slots(slot);
      drops = new Slots(slot);
    }

    boolean isOver(Moment now, long slot) {
      return fullSince == null
          && highSince == null
          && synHighSince == null
          && (lastFull == null || now.nanosSince(lastFull) > History.REACH.toNanos())
          && fullSeconds.sum(slot, Slots.COUNT) == 0
          && drops.sum(slot, Slots.COUNT) == 0;
    }
  }

  /** Takes the counters for where they begin: when they grew is not known. */
  void begin(ListenerGroup group) {
    full = group.acceptQueueFullSeconds().orElse(full);
    utilization = group.acceptQueueUtilizationSeconds().orElse(utilization);
    drops = group.drops().orElse(drops);
  }

  /**
   * Takes in the group as it is now.
   *
   * @param span since the report before
   * @param observed what the sampler saw of it, in seconds; empty without one
   */
  void add(ListenerGroup group, Moment now, long slot, long span, OptionalDouble observed) {
    double moreFull = grown(group.acceptQueueFullSeconds(), full);
    double moreUtilization = grown(group.acceptQueueUtilizationSeconds(), utilization);
    long moreDrops = (long) grown(asDouble(group), drops);
    begin(group);
    boolean isFull = group.acceptQueueUtilization().orElse(0) >= 1;
    boolean isHigh = group.acceptQueueUtilization().orElse(0) > Thresholds.HIGH;
    boolean isSynHigh = Levels.synQueue(group) > Thresholds.HIGH;
    if (trouble == null
        && !isHigh
        && !isSynHigh
        && (span > History.REACH.toNanos() || (moreFull <= 0 && moreDrops <= 0))) {
      return;
    }
    Trouble had = trouble == null ? new Trouble(slot) : trouble;
    trouble = had;
    boolean sampled = group.acceptQueueFullSeconds().isPresent();
    if (!sampled && isFull && had.fullSince != null && span <= GAP_NANOS) {
      moreFull = span / NANOS;
    }
    moreFull = Math.min(moreFull, span / NANOS);
    boolean counts = span <= History.REACH.toNanos(); // Else it may have been long ago.
    if (counts && moreFull > 0) {
      had.fullSeconds.add(slot, moreFull);
    }
    if (counts && moreDrops > 0) {
      had.drops.add(slot, moreDrops);
    }
    full(had, isFull, moreFull, now, span, sampled ? observed : OptionalDouble.empty());
    boolean stayed =
        !group.acceptQueueUtilizationSeconds().isPresent()
            || moreUtilization >= Thresholds.HIGH * MOST_OF * observed.orElse(0) - LAG_SECONDS;
    had.highSince = since(had.highSince, isHigh, stayed, now);
    had.synHighSince = since(had.synHighSince, isSynHigh, true, now);
    if (had.isOver(now, slot)) {
      trouble = null;
    }
  }

  private static OptionalDouble asDouble(ListenerGroup group) {
    return group.drops().isPresent()
        ? OptionalDouble.of(group.drops().getAsLong())
        : OptionalDouble.empty();
  }

  /** A counter that is lower than before has begun again. */
  private static double grown(OptionalDouble counter, double before) {
    double now = counter.orElse(before);
    return now < before ? now : now - before;
  }

  private static void full(
      Trouble had, boolean isFull, double more, Moment now, long span, OptionalDouble observed) {
    long nanos = (long) (more * NANOS);
    if (isFull) {
      boolean stayed = observed.isEmpty() || more >= MOST_OF * observed.getAsDouble() - LAG_SECONDS;
      had.fullSince =
          had.fullSince != null && stayed
              ? had.fullSince
              : now.minusNanos(observed.isPresent() ? nanos : 0);
      had.lastFull = now;
    } else {
      if (more > 0 && span <= History.REACH.toNanos()) {
        had.lastFull = had.fullSince == null ? now : now.minusNanos(Math.max(0, span - nanos));
      }
      had.fullSince = null;
    }
  }

  private static @Nullable Moment since(
      @Nullable Moment since, boolean is, boolean stayed, Moment now) {
    return !is ? null : since != null && stayed ? since : now;
  }

  /** Notes that it is in a report. */
  void seen(int number) {
    report = number;
    goneNanos = 0;
  }

  /** Whether it was in no report for so long, as of report {@code number}. */
  boolean isGone(int number, Moment now, long nanos) {
    if (report == number) {
      return false;
    }
    if (goneNanos == 0) {
      goneNanos = now.nanos() == 0 ? 1 : now.nanos();
      if (trouble != null) {
        trouble.fullSince = null;
        trouble.highSince = null;
        trouble.synHighSince = null;
      }
    }
    return now.nanos() - goneNanos >= nanos;
  }

  History.Memory memory(Moment now, long slot) {
    Trouble had = trouble;
    if (had == null) {
      return History.Memory.NONE;
    }
    return new History.Memory(
        wall(had.fullSince, now),
        had.lastFull == null || now.nanosSince(had.lastFull) > History.REACH.toNanos()
            ? Optional.empty()
            : wall(had.lastFull, now),
        Math.rint(had.fullSeconds.sum(slot, Slots.COUNT) * MILLIS) / MILLIS,
        had.drops.sum(slot, Slots.COUNT));
  }

  GroupView view(Moment now, long slot) {
    Trouble had = trouble;
    return had == null
        ? GroupView.QUIET
        : new GroupView(
            memory(now, slot),
            span(had.fullSince, now),
            span(had.highSince, now),
            wall(had.highSince, now),
            span(had.synHighSince, now),
            wall(had.synHighSince, now));
  }

  private static long span(@Nullable Moment since, Moment now) {
    return since == null ? 0 : now.nanosSince(since);
  }

  /** Whether it takes more than where its counters were. */
  boolean hasTrouble() {
    return trouble != null;
  }

  private static Optional<Instant> wall(@Nullable Moment moment, Moment now) {
    return moment == null ? Optional.empty() : Optional.of(now.wallOf(moment));
  }
}
