package io.synoptic.internal.owners;

import io.synoptic.CgroupConnections;
import io.synoptic.CloseWaitAges;
import io.synoptic.Direction;
import io.synoptic.HandshakeCounts;
import io.synoptic.HandshakeFigures;
import io.synoptic.ListenerFigures;
import io.synoptic.Owner;
import io.synoptic.OwnerConnections;
import io.synoptic.QueueCounts;
import io.synoptic.SocketSnapshot;
import io.synoptic.StateCounts;
import io.synoptic.TcpState;
import io.synoptic.internal.limits.NewSeriesLimiter;
import io.synoptic.internal.netns.NamespaceTracker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Whose the connections are, by name. Names are bounded: an owner has a key in a namespace and
 * direction while it has connections in it, and for ten minutes more, in which it shows zeros; who
 * finds no key, or is one {@link NewSeriesLimiter newcomer} too many, is folded into {@link
 * #OTHER}. NamespaceTracker go by the keys of {@link NamespaceTracker}, times are of {@link
 * System#nanoTime()}.
 */
public final class OwnerTracker {
  /** Those that found no key, here or in the scan. */
  static final Owner OTHER = new Owner("other", "other", "", "");

  static final long MEMORY = TimeUnit.MINUTES.toNanos(10);

  private record Key(Owner owner, Direction direction) {}

  private record Newcomer(long namespace, Key key) {}

  /** What one scan may spend on looking into processes: once, for each listener that is new. */
  private static final Duration PROCESS_BUDGET = Duration.ofMillis(20);

  private final Owners owners;
  private final ListenerProcesses processes;
  private final int max;
  private final NewSeriesLimiter<Newcomer> newcomers;
  private final OutboundTotals outbound = new OutboundTotals();
  private int taken;

  /** By namespace. */
  private final Map<Long, Map<Key, Long>> lastSeen = new HashMap<>();

  public OwnerTracker(Owners owners, ListenerProcesses processes, int max) {
    this.owners = owners;
    this.processes = processes;
    this.max = max;
    newcomers = new NewSeriesLimiter<>(max);
  }

  /** Looks for the processes that hold listeners not seen before. */
  public void search(Collection<ListenerFigures> listeners) {
    listeners.forEach(figures -> figures.groups().forEach(group -> processes.of(group.inode())));
    processes.search(PROCESS_BUDGET);
  }

  /** The same listeners with their owners' names, as far as they have been found. */
  public ListenerFigures named(ListenerFigures listeners) {
    return new ListenerFigures(
        listeners.groups().stream()
            .map(group -> group.ownedBy(owners.of(group.cgroup()), processes.of(group.inode())))
            .toList(),
        listeners.foldedListeners(),
        listeners.observedSeconds());
  }

  /**
   * The owners in one namespace after a scan that began at {@code now}. None if some listeners are
   * not listed: their connections can't be separated from outbound ones.
   */
  public List<OwnerConnections> named(long namespace, SocketSnapshot sockets, long now) {
    return sockets.unlistedListeners() > 0
        ? List.of()
        : named(namespace, sockets.cgroups(), sockets.outboundCloseWait().isPresent(), now);
  }

  /**
   * The same of a list.
   *
   * @param knowAges whether ages in {@code close_wait} are known
   */
  List<OwnerConnections> named(
      long namespace, List<CgroupConnections> cgroups, boolean knowAges, long now) {
    Map<Key, Long> seen = lastSeen.computeIfAbsent(namespace, missing -> new HashMap<>());
    taken -= seen.size();
    seen.values().removeIf(time -> now - time > MEMORY);
    taken += seen.size();
    Map<Key, Sums> sums = new LinkedHashMap<>();
    for (Direction direction : Direction.values()) {
      sum(sums, new Key(Owner.NONE, direction), knowAges);
    }
    seen.keySet().forEach(key -> sum(sums, key, knowAges));
    for (CgroupConnections cgroup : cgroups) {
      Owner owner = owner(cgroup);
      for (Direction direction : Direction.values()) {
        StateCounts connections = cgroup.connections(direction);
        if (connections.total() > 0) {
          Key key = key(namespace, new Key(owner, direction), now);
          sum(sums, key, knowAges).add(cgroup, direction);
        }
      }
    }
    List<OwnerConnections> named = new ArrayList<>();
    sums.forEach((key, sum) -> named.add(sum.of(key)));
    return named;
  }

  /**
   * Adds what connections that a cgroup has begun in a namespace came to.
   *
   * @param cgroup its id; 0 if the kernel has none
   */
  public void addOutbound(long namespace, long cgroup, HandshakeCounts more, long now) {
    Key key = key(namespace, new Key(owners.of(cgroup), Direction.OUTBOUND), now);
    outbound.add(namespace, key.owner, more, now);
  }

  /** Adds what connections came to of which no cgroup is known. */
  public void addOtherOutbound(long namespace, HandshakeCounts more, long now) {
    outbound.add(namespace, OTHER, more, now);
  }

  /** What the connections that were begun in a namespace came to. */
  public List<HandshakeFigures.OfOwner> outbound(long namespace, long now) {
    Set<Owner> labelled = new LinkedHashSet<>(List.of(Owner.NONE));
    for (Key key : lastSeen.getOrDefault(namespace, Map.of()).keySet()) {
      if (key.direction == Direction.OUTBOUND) {
        labelled.add(key.owner);
      }
    }
    labelled.add(OTHER);
    outbound.forgetOld(namespace, labelled, now);
    return labelled.stream()
        .map(owner -> new HandshakeFigures.OfOwner(owner, outbound.of(namespace, owner)))
        .filter(of -> !of.counts().isZero())
        .toList();
  }

  /** Forgets all other namespaces. */
  public void retain(Set<Long> namespaces) {
    lastSeen.keySet().retainAll(namespaces);
    outbound.retain(namespaces);
    taken = lastSeen.values().stream().mapToInt(Map::size).sum();
  }

  /** Of all cgroups of one key. */
  private static final class Sums {
    private final long[] connections = new long[TcpState.ALL.size() + 1];
    private QueueCounts queues = QueueCounts.ZERO;
    private Optional<CloseWaitAges> closeWait;

    /** Without a connection. */
    Sums(boolean knowAges) {
      closeWait = knowAges ? Optional.of(CloseWaitAges.NONE) : Optional.empty();
    }

    /** A listener is no connection, and a closed socket is in no table. */
    void add(CgroupConnections cgroup, Direction direction) {
      StateCounts more = cgroup.connections(direction);
      for (TcpState state : TcpState.ALL) {
        if (state != TcpState.LISTEN && state != TcpState.CLOSE) {
          connections[state.number()] += more.get(state);
        }
      }
      queues = queues.plus(cgroup.queues(direction));
      closeWait = closeWait.flatMap(sum -> cgroup.closeWait(direction).map(sum::plus));
    }

    OwnerConnections of(Key key) {
      return new OwnerConnections(
          key.owner, key.direction, StateCounts.ofNumbered(connections), queues, closeWait);
    }
  }

  private static Sums sum(Map<Key, Sums> sums, Key key, boolean knowAges) {
    return sums.computeIfAbsent(key, missing -> new Sums(knowAges));
  }

  private Owner owner(CgroupConnections cgroup) {
    return cgroup.kind() == CgroupConnections.Kind.OTHER
        ? OTHER
        : owners.of(cgroup.cgroup().orElse(0));
  }

  private Key key(long namespace, Key wanted, long now) {
    if (wanted.owner.equals(Owner.NONE) || wanted.owner.equals(OTHER)) {
      return wanted;
    }
    Map<Key, Long> seen = lastSeen.computeIfAbsent(namespace, missing -> new HashMap<>());
    boolean known = seen.containsKey(wanted);
    if (!known && (taken >= max || !newcomers.admits(new Newcomer(namespace, wanted), now))) {
      return new Key(OTHER, wanted.direction);
    }
    taken += known ? 0 : 1;
    seen.put(wanted, now);
    return wanted;
  }
}
