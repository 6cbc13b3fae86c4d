package io.synoptic;

import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Which listeners of a namespace have labels of their own, so that their number stays bounded
 * whatever a host does. A group keeps its place while it lives. {@link Newcomers} take free places;
 * one that finds none is folded into {@code other} until there is one. Times are of {@link
 * System#nanoTime()}.
 */
final class ListenerPlaces {
  /** How long a port that the kernel may have picked is not worth a label. */
  static final long PROBATION = TimeUnit.MINUTES.toNanos(10);

  /** How long a group that has closed may come back and go on counting. */
  static final long MEMORY = TimeUnit.HOURS.toNanos(1);

  static final String OTHER = "other";
  static final String EPHEMERAL = "ephemeral";

  /** A group, by its namespace. */
  private record Group(long namespace, ListenerAddress address) {}

  private record Closed(ListenerAccount account, long since) {}

  /** Places, and as many that are remembered, for all namespaces together. */
  static final class Room {
    private final int places;
    private final Newcomers<Group> newcomers;
    private int open;
    private int closed;
    private long namespaces;

    Room(int places) {
      this.places = places;
      newcomers = new Newcomers<>(places);
    }
  }

  private final Room room;
  private final PortSet included;

  /** Which of those that have had places here. */
  private final long namespace;

  /** Port 0 is that of all ephemeral ports of an address. */
  private final Map<ListenerAddress, ListenerAccount> open = new LinkedHashMap<>();

  /** Those that closed first come first. */
  private final Map<ListenerAddress, Closed> closed = new LinkedHashMap<>();

  private final ListenerAccount other = new ListenerAccount(OTHER, OTHER);
  private PortRange ephemeral = PortRange.DEFAULT_EPHEMERAL;

  /**
   * None of them taken.
   *
   * @param included ports that are never ephemeral
   */
  ListenerPlaces(Room room, PortSet included) {
    this.room = room;
    namespace = room.namespaces++;
    this.included = included;
  }

  void ephemeralPorts(PortRange ports) {
    ephemeral = ports;
  }

  /** The groups that have a place. */
  Collection<ListenerAccount> open() {
    return open.values();
  }

  /** Those that found none. */
  ListenerAccount other() {
    return other;
  }

  /** The account of a socket that is known to listen there since {@code since}. */
  ListenerAccount place(ListenerAddress address, long since, long now) {
    ListenerAccount account = open.get(address);
    if (account != null) {
      return account;
    }
    boolean onProbation =
        ephemeral.contains(address.port())
            && !included.contains(address.port())
            && now - since < PROBATION;
    return onProbation
        ? take(new ListenerAddress(address.family(), address.first(), address.second(), 0), now)
        : take(address, now);
  }

  private ListenerAccount take(ListenerAddress address, long now) {
    ListenerAccount account = open.get(address);
    if (account == null && room.open < room.places && mayOpen(address, now)) {
      Closed before = closed.remove(address);
      room.closed -= before != null ? 1 : 0;
      account = before != null ? before.account : create(address);
      open.put(address, account);
      room.open++;
    }
    return account != null ? account : other;
  }

  /** One that comes back has its old labels. */
  private boolean mayOpen(ListenerAddress address, long now) {
    return closed.containsKey(address) || room.newcomers.admits(new Group(namespace, address), now);
  }

  /** Whether a group's port is one, not the name of several that share a place. */
  static boolean isNumber(String port) {
    return !port.equals(EPHEMERAL) && !port.equals(OTHER);
  }

  private static ListenerAccount create(ListenerAddress address) {
    String port = address.port() == 0 ? EPHEMERAL : Integer.toString(address.port());
    return new ListenerAccount(address.text(), port);
  }

  /** Whether {@link #place} may answer otherwise now for a socket that is in {@code account}. */
  boolean mayMove(ListenerAccount account, long since, long now) {
    return account == other
        ? room.open < room.places
        : account.port().equals(EPHEMERAL) && now - since >= PROBATION;
  }

  /** Whether a group with this address has a place; never opens one. */
  ListenerAccount find(ListenerAddress address) {
    return open.get(address);
  }

  /**
   * Frees the places of groups that had no socket in {@code scan}. At most as many are remembered
   * as there are places.
   */
  void closeAllBut(int scan, long now) {
    for (Iterator<Map.Entry<ListenerAddress, ListenerAccount>> it = open.entrySet().iterator();
        it.hasNext(); ) {
      Map.Entry<ListenerAddress, ListenerAccount> entry = it.next();
      if (!entry.getValue().isOf(scan)) {
        it.remove();
        room.open--;
        closed.put(entry.getKey(), new Closed(entry.getValue(), now));
        room.closed++;
      }
    }
    for (Iterator<Closed> it = closed.values().iterator(); it.hasNext(); ) {
      if (now - it.next().since < MEMORY && room.closed <= room.places) {
        break;
      }
      it.remove();
      room.closed--;
    }
  }

  /** Frees all places for good: the namespace has gone. */
  void leave() {
    room.open -= open.size();
    room.closed -= closed.size();
    open.clear();
    closed.clear();
  }
}
