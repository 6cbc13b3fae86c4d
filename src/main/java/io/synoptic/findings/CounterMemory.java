package io.synoptic.findings;

import io.synoptic.KernelCounter;
import io.synoptic.NamespaceCounters;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** What is remembered of the kernel's counters of one network namespace. */
final class CounterMemory {
  /** Those whose growth a rule asks for. */
  private static final List<KernelCounter> COUNTERS =
      List.of(
          KernelCounter.LISTEN_OVERFLOWS,
          KernelCounter.REQ_Q_FULL_DROP,
          KernelCounter.REQ_Q_FULL_DO_COOKIES,
          KernelCounter.SYNCOOKIES_SENT,
          KernelCounter.SYNCOOKIES_RECV,
          KernelCounter.ATTEMPT_FAILS,
          KernelCounter.ACTIVE_OPENS,
          KernelCounter.OUT_SEGS,
          KernelCounter.RETRANS_SEGS,
          KernelCounter.SYN_RETRANS,
          KernelCounter.TIME_WAIT_OVERFLOW,
          KernelCounter.ABORT_ON_MEMORY);

  /** By number in {@link #COUNTERS}; NaN is not known yet. */
  private final double[] values = new double[COUNTERS.size()];

  private final @Nullable Slots[] slots = new Slots[COUNTERS.size()];
  private @Nullable NamespaceCounters latest;

  /** When they were read first, and last. */
  private @Nullable Moment first;

  private @Nullable Moment last;

  CounterMemory() {
    Arrays.fill(values, Double.NaN);
  }

  /** Takes in what was read; the same as before is a scan that did not read them. */
  void add(NamespaceCounters read, Moment now, long slot) {
    if (NamespaceHistory.isSame(read, latest)) {
      return;
    }
    // What grew while nobody looked may have grown long ago.
    boolean counts = last != null && now.nanosSince(last) <= History.REACH.toNanos();
    latest = read;
    last = now;
    first = first == null ? now : first;
    for (int i = 0; i < COUNTERS.size(); i++) {
      OptionalDouble value = read.value(COUNTERS.get(i));
      if (value.isEmpty()) {
        continue;
      }
      double before = values[i];
      values[i] = value.getAsDouble();
      // Another namespace of the same name begins again. NaN, the first time, is not above 0.
      double more = values[i] < before ? values[i] : values[i] - before;
      if (counts && more > 0) {
        Slots to = slots[i];
        if (to == null) {
          to = new Slots(slot);
          slots[i] = to;
        }
        to.add(slot, more);
      }
    }
  }

  /** Its namespace is in no report any more. */
  void away() {
    latest = null;
  }

  /** Those that have grown. */
  Map<KernelCounter, Growth> grown(long origin, Moment now) {
    Map<KernelCounter, Growth> grown = new EnumMap<>(KernelCounter.class);
    Moment began = first;
    for (int i = 0; began != null && i < COUNTERS.size(); i++) {
      if (slots[i] != null) {
        grown.put(COUNTERS.get(i), Growth.of(slots[i], origin, now, began));
      }
    }
    return grown;
  }
}
