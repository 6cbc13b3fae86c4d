package io.synoptic;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Whose the connections are, by name. Names are bounded: an owner has a place in a namespace and
 * direction while it has connections in it, and for ten minutes more, in which it shows zeros; who
 * finds no place, or is one {@link Newcomers newcomer} too many, is folded into {@link #OTHER}.
 * Namespaces go by the keys of {@link Namespaces}, times are of {@link System#nanoTime()}.
 */
final class OwnerLedger {
  /** Those that found no place, here or in the scan. */
  static final Owner OTHER = new Owner("other", "other", "", "");

  static final long MEMORY = TimeUnit.MINUTES.toNanos(10);

  private record Place(Owner owner, Direction direction) {}

  private record Newcomer(long namespace, Place place) {}

  /** What one scan may spend on looking into processes: once, for each listener that is new. */
  private static final Duration PROCESS_BUDGET = Duration.ofMillis(20);

  private final Owners owners;
  private final ListenerProcesses processes;
  private final int places;
  private final Newcomers<Newcomer> newcomers;
  private int taken;

  /** By namespace. */
  private final Map<Long, Map<Place, Long>> lastSeen = new HashMap<>();

  OwnerLedger(Owners owners, ListenerProcesses processes, int places) {
    this.owners = owners;
    this.processes = processes;
    this.places = places;
    newcomers = new Newcomers<>(places);
  }

  /** Looks for the processes that hold listeners not seen before. */
  void search(Collection<ListenerFigures> listeners) {
    listeners.forEach(figures -> figures.groups().forEach(group -> processes.of(group.inode())));
    processes.search(PROCESS_BUDGET);
  }

  /** The same listeners with their owners' names, as far as they have been found. */
  ListenerFigures named(ListenerFigures listeners) {
    return new ListenerFigures(
        listeners.groups().stream()
            .map(group -> group.ownedBy(owners.of(group.cgroup()), processes.of(group.inode())))
            .toList(),
        listeners.foldedListeners(),
        listeners.observedSeconds());
  }

  /**
   * The owners in one namespace after a scan that began at {@code now}. None if some listeners are
   * not listed: their connections can't be told from outbound ones.
   */
  List<OwnerConnections> named(long namespace, SocketSnapshot sockets, long now) {
    return sockets.unlistedListeners() > 0 ? List.of() : named(namespace, sockets.cgroups(), now);
  }

  List<OwnerConnections> named(long namespace, List<CgroupConnections> cgroups, long now) {
    Map<Place, Long> seen = lastSeen.computeIfAbsent(namespace, missing -> new HashMap<>());
    taken -= seen.size();
    seen.values().removeIf(time -> now - time > MEMORY);
    taken += seen.size();
    Map<Place, long[]> sums = new LinkedHashMap<>();
    for (Direction direction : Direction.values()) {
      sum(sums, new Place(Owner.NONE, direction));
    }
    seen.keySet().forEach(place -> sum(sums, place));
    for (CgroupConnections cgroup : cgroups) {
      Owner owner = owner(cgroup);
      for (Direction direction : Direction.values()) {
        StateCounts connections = cgroup.connections(direction);
        if (connections.total() > 0) {
          add(connections, sum(sums, place(namespace, new Place(owner, direction), now)));
        }
      }
    }
    List<OwnerConnections> named = new ArrayList<>();
    sums.forEach(
        (place, counts) ->
            named.add(
                new OwnerConnections(
                    place.owner, place.direction, StateCounts.ofNumbered(counts))));
    return named;
  }

  /** Forgets all other namespaces. */
  void retain(Set<Long> namespaces) {
    lastSeen.keySet().retainAll(namespaces);
    taken = lastSeen.values().stream().mapToInt(Map::size).sum();
  }

  private static long[] sum(Map<Place, long[]> sums, Place place) {
    return sums.computeIfAbsent(place, missing -> new long[TcpState.ALL.size() + 1]);
  }

  /** A listener is no connection, and a closed socket is in no table. */
  private static void add(StateCounts connections, long[] sum) {
    for (TcpState state : TcpState.ALL) {
      if (state != TcpState.LISTEN && state != TcpState.CLOSE) {
        sum[state.number()] += connections.get(state);
      }
    }
  }

  private Owner owner(CgroupConnections cgroup) {
    return cgroup.kind() == CgroupConnections.Kind.OTHER
        ? OTHER
        : owners.of(cgroup.cgroup().orElse(0));
  }

  private Place place(long namespace, Place wanted, long now) {
    if (wanted.owner.equals(Owner.NONE) || wanted.owner.equals(OTHER)) {
      return wanted;
    }
    Map<Place, Long> seen = lastSeen.get(namespace);
    boolean known = seen.containsKey(wanted);
    if (!known && (taken >= places || !newcomers.admits(new Newcomer(namespace, wanted), now))) {
      return new Place(OTHER, wanted.direction);
    }
    taken += known ? 0 : 1;
    seen.put(wanted, now);
    return wanted;
  }
}
