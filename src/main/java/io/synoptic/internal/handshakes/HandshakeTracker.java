package io.synoptic.internal.handshakes;

import io.synoptic.HandshakeCounts;
import io.synoptic.HandshakeFigures;
import io.synoptic.internal.ffi.HandshakeTable;
import io.synoptic.internal.listeners.ListenerTrackers;
import io.synoptic.internal.netns.NamespaceTracker;
import io.synoptic.internal.owners.OwnerTracker;
import java.util.Set;
import java.util.function.LongUnaryOperator;

/**
 * Adds up what the kernel has counted of handshakes, under the labels that listeners and owners
 * have meanwhile. Namespaces go by the keys of {@link NamespaceTracker}; nothing counts of one that
 * is not shown, until it is. For one thread; times are of {@link System#nanoTime()}.
 */
final class HandshakeTracker {
  private final ListenerTrackers listeners;
  private final OwnerTracker owners;
  private final boolean everyNamespace;
  private final HandshakeMemory memory = new HandshakeMemory();
  private long foldedEvents;

  /**
   * A tracker without a count.
   *
   * @param everyNamespace whether what is of no namespace counts as the own one's: not where that
   *     one alone is shown
   */
  HandshakeTracker(ListenerTrackers listeners, OwnerTracker owners, boolean everyNamespace) {
    this.listeners = listeners;
    this.owners = owners;
    this.everyNamespace = everyNamespace;
  }

  /**
   * Takes in what has been counted since the last call, after a scan that began at {@code now}.
   *
   * @param keys of the namespace with a cookie
   * @param shown the namespaces that are shown
   */
  void count(HandshakeTable table, LongUnaryOperator keys, Set<Long> shown, long now) {
    memory.begin();
    for (int row = 0; row < table.count(); row++) {
      if (table.isOther(row)) {
        countOther(table, row, now);
      } else {
        long namespace = keys.applyAsLong(table.netnsCookie(row));
        if (shown.contains(namespace)) {
          count(table, row, namespace, now);
        }
      }
    }
  }

  private void count(HandshakeTable table, int row, long namespace, long now) {
    HandshakeCounts added = memory.added(table, row);
    if (added.isZero()) {
      return;
    }
    if (table.isOutbound(row)) {
      owners.addOutbound(namespace, table.cgroup(row), added, now);
    } else {
      listeners.addHandshakes(namespace, table.address(row), added, now);
    }
  }

  /** What the kernel has no row for, of any namespace. */
  private void countOther(HandshakeTable table, int row, long now) {
    HandshakeCounts added = memory.added(table, row);
    if (added.isZero()) {
      return;
    }
    foldedEvents += added.events();
    if (!everyNamespace) {
      return;
    }
    if (table.isOutbound(row)) {
      owners.addOtherOutbound(NamespaceTracker.OWN, added, now);
    } else {
      listeners.addOtherHandshakes(NamespaceTracker.OWN, added);
    }
  }

  /** Connections opened, closed and failed that the kernel had no row for. */
  long foldedEvents() {
    return foldedEvents;
  }

  /** What has been counted in a namespace. */
  HandshakeFigures figures(long namespace, long now) {
    return new HandshakeFigures(listeners.handshakes(namespace), owners.outbound(namespace, now));
  }

  /** Rows of the kernel's that are remembered. */
  int remembered() {
    return memory.remembered();
  }
}
