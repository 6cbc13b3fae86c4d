package io.synoptic.internal.listeners;

import io.synoptic.HandshakeCounts;
import io.synoptic.HandshakeFigures;
import io.synoptic.ListenerFigures;
import io.synoptic.internal.ffi.ListenerAddress;
import io.synoptic.internal.ffi.ListenerTable;
import io.synoptic.internal.procfs.PortRange;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * What is remembered of the listeners of one namespace from scan to scan: under which labels each
 * address and port counts. Times are of {@link System#nanoTime()}.
 */
final class ListenerTracker {
  /** Where tables are always cut off, listeners are forgotten from here. */
  private static final int MOST_LISTENERS = 131072;

  /** An address and port on which sockets listen. */
  static final class Listener {
    private final ListenerAddress address;
    private final long since;
    private GroupTotals totals;
    private int scan;
    private boolean forgotten;

    Listener(ListenerAddress address, long since, GroupTotals totals) {
      this.address = address;
      this.since = since;
      this.totals = totals;
    }

    /** Whether a scan no longer found it: the tracker may have another one for its address. */
    boolean isForgotten() {
      return forgotten;
    }

    GroupTotals totals() {
      return totals;
    }
  }

  private final GroupLimiter limiter;
  private final boolean sampled;
  private final Map<ListenerAddress, Listener> listeners = new HashMap<>();

  /** Counts scans; the first is 1. */
  private int scan;

  private long observedNanos;

  /**
   * An empty tracker.
   *
   * @param sampled whether there is a sampler
   */
  ListenerTracker(GroupLimiter limiter, boolean sampled) {
    this.limiter = limiter;
    this.sampled = sampled;
  }

  /** Says which ports the kernel gives out by itself, from now on. */
  void ephemeralPorts(PortRange ports) {
    limiter.ephemeralPorts(ports);
  }

  /** Takes in a scan that began at {@code now}. */
  void scanned(ListenerTable table, long now) {
    scan++;
    for (int row = 0; row < table.count(); row++) {
      Listener listener = listener(table.address(row), now);
      listener.scan = scan;
      listener.totals.add(table, row, scan);
    }
    if (table.isComplete() || listeners.size() > MOST_LISTENERS) {
      listeners.values().removeIf(this::isGone);
    }
    if (table.isComplete()) {
      limiter.closeAllBut(scan, now);
    }
  }

  private boolean isGone(Listener listener) {
    listener.forgotten = listener.scan != scan;
    return listener.forgotten;
  }

  /** The listener with this address, known since now or before. */
  Listener listener(ListenerAddress address, long now) {
    Listener listener = listeners.get(address);
    if (listener == null) {
      listener = new Listener(address, now, limiter.totals(address, now, now));
      listeners.put(address, listener);
    } else {
      update(listener, now);
    }
    return listener;
  }

  /** Gives a listener labels of its own once it may have them. */
  void update(Listener listener, long now) {
    if (limiter.mayMove(listener.totals, listener.since, now)) {
      listener.totals = limiter.totals(listener.address, listener.since, now);
    }
  }

  /** Adds time in which the sampler has observed this namespace. */
  void observed(long nanos) {
    observedNanos += nanos;
  }

  /** Adds handshakes with a listener that may have closed since. */
  void addHandshakes(ListenerAddress address, HandshakeCounts more, long now) {
    listener(address, now).totals.addHandshakes(more);
  }

  /** Adds handshakes with listeners that are not known one by one. */
  void addOtherHandshakes(HandshakeCounts more) {
    limiter.other().addHandshakes(more);
  }

  /** The handshakes of the groups that the last scan has shown, and of the others together. */
  List<HandshakeFigures.OfGroup> handshakes() {
    List<HandshakeFigures.OfGroup> groups = new ArrayList<>();
    for (GroupTotals totals : limiter.open()) {
      if (totals.isOf(scan)) {
        groups.add(totals.handshakes());
      }
    }
    HandshakeFigures.OfGroup other = limiter.other().handshakes();
    if ((scan > 0 && limiter.other().isOf(scan)) || !other.counts().isZero()) {
      groups.add(other);
    }
    return groups;
  }

  /** What the last scan has shown. */
  ListenerFigures figures() {
    GroupTotals other = limiter.other();
    return new ListenerFigures(
        Stream.concat(limiter.open().stream(), Stream.of(other))
            .filter(totals -> totals.isOf(scan))
            .map(totals -> totals.group(sampled))
            .toList(),
        other.isOf(scan) ? other.sockets() : 0,
        sampled ? OptionalDouble.of(observedNanos / 1e9) : OptionalDouble.empty());
  }

  /** Frees the slots it has taken: the namespace has gone. */
  void leave() {
    limiter.leave();
    listeners.values().forEach(listener -> listener.forgotten = true);
  }

  /** Listeners that are remembered. */
  int remembered() {
    return listeners.size();
  }
}
