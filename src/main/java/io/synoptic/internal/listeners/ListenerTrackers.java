package io.synoptic.internal.listeners;

import io.synoptic.ListenerFigures;
import io.synoptic.PortSet;
import io.synoptic.internal.ffi.ListenerTable;
import io.synoptic.internal.netns.NamespaceTracker;
import io.synoptic.internal.procfs.PortRange;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * The listeners' trackers, one for each namespace that is shown; they share their slots. Fed by two
 * threads, in admitted. NamespaceTracker go by the keys of {@link NamespaceTracker}, times are of
 * {@link System#nanoTime()}.
 */
public final class ListenerTrackers {
  private final GroupLimiter.Room room;
  private final PortSet included;
  private final boolean watched;
  private final Map<Long, ListenerTracker> trackers = new HashMap<>();
  private PortRange ephemeral = PortRange.DEFAULT_EPHEMERAL;

  /**
   * No tracker but that of the own namespace.
   *
   * @param slots for groups, of all namespaces together
   * @param included ports that are never ephemeral
   * @param watched whether there is a sampler
   */
  public ListenerTrackers(int slots, PortSet included, boolean watched) {
    room = new GroupLimiter.Room(slots);
    this.included = included;
    this.watched = watched;
    open(NamespaceTracker.OWN);
  }

  private ListenerTracker open(long namespace) {
    ListenerTracker tracker = new ListenerTracker(new GroupLimiter(room, included), watched);
    tracker.ephemeralPorts(ephemeral);
    trackers.put(namespace, tracker);
    return tracker;
  }

  /** Says which ports the kernel gives out by itself, from now on, in all namespaces. */
  public synchronized void ephemeralPorts(PortRange ports) {
    ephemeral = ports;
    trackers.values().forEach(tracker -> tracker.ephemeralPorts(ports));
  }

  /**
   * Takes in what a scan of all sockets, begun at {@code reading}, says of one namespace; returns
   * what it shows.
   */
  public synchronized ListenerFigures scanned(long namespace, ListenerTable table, long reading) {
    ListenerTracker tracker = trackers.get(namespace);
    return (tracker == null ? open(namespace) : tracker).scanned(table, reading);
  }

  /**
   * Takes in what a scan of the listeners alone says of one namespace; nothing of one that no scan
   * has seen yet.
   */
  synchronized void polled(long namespace, ListenerTable table, long reading) {
    ListenerTracker tracker = trackers.get(namespace);
    if (tracker != null) {
      tracker.polled(table, reading);
    }
  }

  /** The figures of a namespace after the last scan or poll. */
  public synchronized ListenerFigures figures(long namespace, long now) {
    ListenerTracker tracker = trackers.get(namespace);
    return (tracker == null ? open(namespace) : tracker).figures(now);
  }

  /** Forgets all other namespaces. */
  public synchronized void retain(Set<Long> namespaces) {
    trackers
        .entrySet()
        .removeIf(
            entry -> {
              boolean gone = !namespaces.contains(entry.getKey());
              if (gone) {
                entry.getValue().leave();
              }
              return gone;
            });
  }
}
