package io.synoptic.internal.listeners;

import io.synoptic.PortSet;
import io.synoptic.internal.ffi.ListenerAddress;
import io.synoptic.internal.limits.NewSeriesLimiter;
import io.synoptic.internal.procfs.PortRange;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Which listeners of a namespace have labels of their own, so that their number stays bounded
 * whatever a host does. A group keeps its slot while it lives. {@link NewSeriesLimiter} take free
 * slots; one that finds none is folded into {@code other} until there is one. Times are of {@link
 * System#nanoTime()}.
 */
final class GroupLimiter {
  /** How long a port that the kernel may have picked is not worth a label. */
  static final long PROBATION = TimeUnit.MINUTES.toNanos(10);

  /** How long a group that has closed may come back and go on counting. */
  static final long MEMORY = TimeUnit.HOURS.toNanos(1);

  static final String OTHER = "other";
  static final String EPHEMERAL = "ephemeral";

  /** A group, by its namespace. */
  private record Group(long namespace, ListenerAddress address) {}

  private record Closed(GroupTotals totals, long since) {}

  /** Slots, and as many that are remembered, for all namespaces together. */
  static final class Room {
    private final int slots;
    private final NewSeriesLimiter<Group> newcomers;
    private int open;
    private int closed;
    private long namespaces;

    Room(int slots) {
      this.slots = slots;
      newcomers = new NewSeriesLimiter<>(slots);
    }
  }

  private final Room room;
  private final PortSet included;

  /** Which of those that have had slots here. */
  private final long namespace;

  /** Port 0 is that of all ephemeral ports of an address. */
  private final Map<ListenerAddress, GroupTotals> open = new LinkedHashMap<>();

  /** Those that closed first come first. */
  private final Map<ListenerAddress, Closed> closed = new LinkedHashMap<>();

  private final GroupTotals other = new GroupTotals(OTHER, OTHER);
  private PortRange ephemeral = PortRange.DEFAULT_EPHEMERAL;

  /**
   * None of them taken.
   *
   * @param included ports that are never ephemeral
   */
  GroupLimiter(Room room, PortSet included) {
    this.room = room;
    namespace = room.namespaces++;
    this.included = included;
  }

  void ephemeralPorts(PortRange ports) {
    ephemeral = ports;
  }

  /** The groups that have a slot. */
  Collection<GroupTotals> open() {
    return open.values();
  }

  /** Those that found none. */
  GroupTotals other() {
    return other;
  }

  /** The totals of a socket that is known to listen there since {@code since}. */
  GroupTotals totals(ListenerAddress address, long since, long now) {
    GroupTotals totals = open.get(address);
    if (totals != null) {
      return totals;
    }
    boolean onProbation =
        ephemeral.contains(address.port())
            && !included.contains(address.port())
            && now - since < PROBATION;
    return onProbation
        ? take(new ListenerAddress(address.family(), address.first(), address.second(), 0), now)
        : take(address, now);
  }

  private GroupTotals take(ListenerAddress address, long now) {
    GroupTotals totals = open.get(address);
    if (totals == null && room.open < room.slots && mayOpen(address, now)) {
      Closed before = closed.remove(address);
      room.closed -= before != null ? 1 : 0;
      totals = before != null ? before.totals : create(address);
      open.put(address, totals);
      room.open++;
    }
    return totals != null ? totals : other;
  }

  /** One that comes back has its old labels. */
  private boolean mayOpen(ListenerAddress address, long now) {
    return closed.containsKey(address) || room.newcomers.admits(new Group(namespace, address), now);
  }

  /** Whether a group's port is one, not the name of several that share a slot. */
  static boolean isNumber(String port) {
    return !port.equals(EPHEMERAL) && !port.equals(OTHER);
  }

  private static GroupTotals create(ListenerAddress address) {
    String port = address.port() == 0 ? EPHEMERAL : Integer.toString(address.port());
    return new GroupTotals(address.text(), port);
  }

  /** Whether {@link #totals} may answer otherwise now for a socket that is in {@code totals}. */
  boolean mayMove(GroupTotals totals, long since, long now) {
    return totals == other
        ? room.open < room.slots
        : totals.port().equals(EPHEMERAL) && now - since >= PROBATION;
  }

  /** Whether a group with this address has a slot; never opens one. */
  @Nullable GroupTotals find(ListenerAddress address) {
    return open.get(address);
  }

  /**
   * Frees the slots of groups that had no socket in {@code scan}. At most as many are remembered as
   * there are slots.
   */
  void closeAllBut(int scan, long now) {
    for (Iterator<Map.Entry<ListenerAddress, GroupTotals>> it = open.entrySet().iterator();
        it.hasNext(); ) {
      Map.Entry<ListenerAddress, GroupTotals> entry = it.next();
      if (!entry.getValue().isOf(scan)) {
        it.remove();
        room.open--;
        closed.put(entry.getKey(), new Closed(entry.getValue(), now));
        room.closed++;
      }
    }
    for (Iterator<Closed> it = closed.values().iterator(); it.hasNext(); ) {
      if (now - it.next().since < MEMORY && room.closed <= room.slots) {
        break;
      }
      it.remove();
      room.closed--;
    }
  }

  /** Frees all slots for good: the namespace has gone. */
  void leave() {
    room.open -= open.size();
    room.closed -= closed.size();
    open.clear();
    closed.clear();
  }
}
