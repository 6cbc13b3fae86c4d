package io.synoptic.findings;

import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How much a counter grew.
 *
 * @param total in {@link History#REACH}, or since its first report if that is less
 * @param recent in the last two minutes and some seconds, likewise
 * @param seconds that {@code recent} is of
 * @param since when it began to grow, to half a minute; empty if it did not in {@link
 *     History#REACH}
 */
record Growth(double total, double recent, double seconds, Optional<Instant> since) {
  /** Slots of what is recent, the one that has just begun among them. */
  private static final int RECENT = 5;

  private static final double NANOS = 1e9;

  static final Growth NONE = new Growth(0, 0, 0, Optional.empty());

  /**
   * What some slots say.
   *
   * @param origin where slot 0 begins
   * @param first when they began to count
   */
  static Growth of(@Nullable Slots slots, long origin, Moment now, Moment first) {
    if (slots == null) {
      return NONE;
    }
    long passed = now.nanos() - origin;
    long slot = passed / Slots.NANOS;
    long known = now.nanosSince(first);
    long recent = passed - Math.max(0, slot - RECENT + 1) * Slots.NANOS;
    long began = slots.first(slot);
    Moment since = now.minusNanos(Math.min(passed - began * Slots.NANOS, known));
    return new Growth(
        slots.sum(slot, Slots.COUNT),
        slots.sum(slot, RECENT),
        Math.min(recent, known) / NANOS,
        began < 0 ? Optional.empty() : Optional.of(now.wallOf(since)));
  }

  double perSecond() {
    return seconds > 0 ? recent / seconds : 0;
  }
}
