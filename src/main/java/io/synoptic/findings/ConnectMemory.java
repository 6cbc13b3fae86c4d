package io.synoptic.findings;

import io.synoptic.ConnectFailure;
import io.synoptic.HandshakeFigures;
import io.synoptic.Owner;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is remembered of the connects of one network namespace. */
final class ConnectMemory {
  private final Map<Owner, OwnerMemory> owners = new HashMap<>();

  /** When the counts began. */
  private final Moment begun;

  private @Nullable HandshakeFigures latest;
  private Moment last;
  private int report;

  ConnectMemory(Moment begun) {
    this.begun = begun;
    last = begun;
  }

  /**
   * Takes in what was counted.
   *
   * @param knowsBefore whether an owner that is new has begun with 0
   */
  void add(HandshakeFigures figures, Moment now, long slot, boolean knowsBefore) {
    if (NamespaceHistory.isSame(figures, latest)) {
      return;
    }
    // What grew while nobody looked may have grown long ago.
    boolean counts = knowsBefore && now.nanosSince(last) <= History.REACH.toNanos();
    latest = figures;
    last = now;
    report++;
    List<HandshakeFigures.OfOwner> all = figures.outbound();
    for (int i = 0; i < all.size(); i++) {
      HandshakeFigures.OfOwner of = all.get(i);
      OwnerMemory memory = owners.get(of.owner());
      if (memory == null) {
        memory = new OwnerMemory();
        owners.put(of.owner(), memory);
      }
      memory.report = report;
      memory.goneNanos = 0;
      memory.add(of.counts(), slot, counts);
    }
    if (owners.size() > all.size()) {
      long most = owners.size() > NamespaceHistory.MOST ? 0 : NamespaceHistory.GONE_NANOS;
      owners.values().removeIf(memory -> isGone(memory, now, most));
    }
  }

  private boolean isGone(OwnerMemory memory, Moment now, long nanos) {
    if (memory.report == report) {
      return false;
    }
    if (memory.goneNanos == 0) {
      memory.goneNanos = now.nanos() == 0 ? 1 : now.nanos();
    }
    return now.nanos() - memory.goneNanos >= nanos;
  }

  /** Its namespace is in no report any more. */
  void away() {
    latest = null;
  }

  /** The owners that had failures. */
  List<NamespaceMemory.Connects> failing(long origin, Moment now) {
    List<NamespaceMemory.Connects> failing = new ArrayList<>();
    owners.forEach(
        (owner, memory) -> {
          if (memory.hasFailures()) {
            Map<ConnectFailure, Growth> failed = new EnumMap<>(ConnectFailure.class);
            for (ConnectFailure reason : ConnectFailure.ALL) {
              if (memory.failed(reason) != null) {
                failed.put(reason, Growth.of(memory.failed(reason), origin, now, begun));
              }
            }
            failing.add(
                new NamespaceMemory.Connects(
                    owner, Growth.of(memory.opened(), origin, now, begun), failed));
          }
        });
    return failing;
  }

  int remembered() {
    return owners.size();
  }
}
