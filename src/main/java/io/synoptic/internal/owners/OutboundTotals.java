package io.synoptic.internal.owners;

import io.synoptic.HandshakeCounts;
import io.synoptic.Owner;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * What the connections that owners have begun came to. Goes on counting for an owner that comes
 * back within the hour. Who has labels of his own is up to {@link OwnerTracker}, which bounds this,
 * too. Times are of {@link System#nanoTime()}.
 */
final class OutboundTotals {
  static final long MEMORY = TimeUnit.HOURS.toNanos(1);

  private record Total(HandshakeCounts counts, long last) {}

  /** By namespace. */
  private final Map<Long, Map<Owner, Total>> totals = new HashMap<>();

  void add(long namespace, Owner owner, HandshakeCounts more, long now) {
    totals
        .computeIfAbsent(namespace, missing -> new HashMap<>())
        .merge(
            owner,
            new Total(more, now),
            (before, added) -> new Total(before.counts.plus(added.counts), now));
  }

  HandshakeCounts of(long namespace, Owner owner) {
    Total total = totals.getOrDefault(namespace, Map.of()).get(owner);
    return total == null ? HandshakeCounts.ZERO : total.counts;
  }

  /** Forgets owners without labels that have begun nothing for an hour. */
  void forgetOld(long namespace, Set<Owner> labelled, long now) {
    Map<Owner, Total> owners = totals.get(namespace);
    if (owners != null) {
      owners
          .entrySet()
          .removeIf(
              entry -> now - entry.getValue().last > MEMORY && !labelled.contains(entry.getKey()));
    }
  }

  /** Forgets all other namespaces. */
  void retain(Set<Long> namespaces) {
    totals.keySet().retainAll(namespaces);
  }

  /** Owners that are remembered. */
  int remembered() {
    return totals.values().stream().mapToInt(Map::size).sum();
  }
}
