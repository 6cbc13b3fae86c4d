package io.synoptic;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Whose the connections are, by name. Names are bounded: an owner has a place in a direction while
 * it has connections in it, and for ten minutes more, in which it shows zeros; who finds no place
 * is folded into {@link #OTHER}. Times are of {@link System#nanoTime()}.
 */
final class OwnerLedger {
  /** Those that found no place, here or in the scan. */
  static final Owner OTHER = new Owner("other", "other", "", "");

  static final long MEMORY = TimeUnit.MINUTES.toNanos(10);

  private record Place(Owner owner, Direction direction) {}

  /** What one scan may spend on looking into processes: once, for each listener that is new. */
  private static final Duration PROCESS_BUDGET = Duration.ofMillis(20);

  private final Owners owners;
  private final ListenerProcesses processes;
  private final int places;
  private final Map<Place, Long> lastSeen = new HashMap<>();

  OwnerLedger(Owners owners, ListenerProcesses processes, int places) {
    this.owners = owners;
    this.processes = processes;
    this.places = places;
  }

  /** The same listeners with their owners' names. */
  ListenerFigures named(ListenerFigures listeners) {
    listeners.groups().forEach(group -> processes.of(group.inode()));
    processes.search(PROCESS_BUDGET);
    return new ListenerFigures(
        listeners.groups().stream()
            .map(group -> group.ownedBy(owners.of(group.cgroup()), processes.of(group.inode())))
            .toList(),
        listeners.foldedListeners(),
        listeners.observedSeconds());
  }

  /**
   * The owners after a scan that began at {@code now}. None if some listeners are not listed: their
   * connections can't be told from outbound ones.
   */
  List<OwnerConnections> named(SocketCounts counts, long now) {
    return counts.unlistedListeners() > 0 ? List.of() : named(counts.cgroups(), now);
  }

  List<OwnerConnections> named(List<CgroupConnections> cgroups, long now) {
    lastSeen.values().removeIf(seen -> now - seen > MEMORY);
    Map<Place, OwnerConnections> sums = new LinkedHashMap<>();
    for (Direction direction : Direction.values()) {
      of(sums, new Place(Owner.NONE, direction));
    }
    lastSeen.keySet().forEach(place -> of(sums, place));
    for (CgroupConnections cgroup : cgroups) {
      Owner owner = owner(cgroup);
      for (Direction direction : Direction.values()) {
        if (cgroup.total(direction) > 0) {
          of(sums, place(new Place(owner, direction), now)).add(cgroup);
        }
      }
    }
    return List.copyOf(sums.values());
  }

  private static OwnerConnections of(Map<Place, OwnerConnections> sums, Place place) {
    return sums.computeIfAbsent(
        place, missing -> new OwnerConnections(missing.owner, missing.direction));
  }

  private Owner owner(CgroupConnections cgroup) {
    return cgroup.isOther() ? OTHER : owners.of(cgroup.cgroup().orElse(0));
  }

  private Place place(Place wanted, long now) {
    if (wanted.owner.equals(Owner.NONE) || wanted.owner.equals(OTHER)) {
      return wanted;
    }
    if (!lastSeen.containsKey(wanted) && lastSeen.size() >= places) {
      return new Place(OTHER, wanted.direction);
    }
    lastSeen.put(wanted, now);
    return wanted;
  }
}
