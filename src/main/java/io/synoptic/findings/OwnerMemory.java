package io.synoptic.findings;

import io.synoptic.ConnectFailure;
import io.synoptic.HandshakeCounts;
import org.jspecify.annotations.Nullable;

/** What is remembered of the connects of one owner. */
final class OwnerMemory {
  private long opened;
  private @Nullable Slots openedSlots;

  /** By number of the reason; null as long as none has failed. */
  private long @Nullable [] failed;

  private @Nullable Slots @Nullable [] failedSlots;

  /** The report that it was in last, and when it was in no report any more. */
  int report;

  long goneNanos;

  /** Takes in the counts as they are now; they grew in {@code slot} if {@code counts}. */
  void add(HandshakeCounts now, long slot, boolean counts) {
    long more = grown(now.opened(), opened);
    opened = now.opened();
    if (counts && more > 0) {
      openedSlots = added(openedSlots, slot, more);
    }
    for (ConnectFailure reason : ConnectFailure.ALL) {
      if (failed == null && now.failed(reason) > 0) {
        failed = new long[ConnectFailure.ALL.size()];
        failedSlots = new Slots[ConnectFailure.ALL.size()];
      }
      if (failed != null && failedSlots != null) {
        int number = reason.number();
        long failures = grown(now.failed(reason), failed[number]);
        failed[number] = now.failed(reason);
        if (counts && failures > 0) {
          failedSlots[number] = added(failedSlots[number], slot, failures);
        }
      }
    }
  }

  private static long grown(long now, long before) {
    return now < before ? now : now - before;
  }

  private static Slots added(@Nullable Slots slots, long slot, double more) {
    Slots to = slots == null ? new Slots(slot) : slots;
    to.add(slot, more);
    return to;
  }

  @Nullable Slots opened() {
    return openedSlots;
  }

  /** Null if none failed for this reason. */
  @Nullable Slots failed(ConnectFailure reason) {
    return failedSlots == null ? null : failedSlots[reason.number()];
  }

  boolean hasFailures() {
    return failedSlots != null;
  }
}
