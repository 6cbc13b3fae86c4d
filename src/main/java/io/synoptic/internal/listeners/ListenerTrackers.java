package io.synoptic.internal.listeners;

import io.synoptic.HandshakeCounts;
import io.synoptic.HandshakeFigures;
import io.synoptic.ListenerFigures;
import io.synoptic.PortSet;
import io.synoptic.internal.ffi.ListenerAddress;
import io.synoptic.internal.ffi.ListenerTable;
import io.synoptic.internal.ffi.SamplerBuffer;
import io.synoptic.internal.netns.NamespaceTracker;
import io.synoptic.internal.procfs.PortRange;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongUnaryOperator;

/**
 * The listeners' trackers, one for each namespace that is shown; they share their slots. Fed by the
 * scanning thread, and by the sampler's while that one waits. Namespaces go by the keys of {@link
 * NamespaceTracker}, times are of {@link System#nanoTime()}.
 */
public final class ListenerTrackers {
  private final GroupLimiter.Room room;
  private final PortSet included;
  private final boolean sampled;
  private final Map<Long, ListenerTracker> trackers = new HashMap<>();
  private final Map<SamplerBuffer, SampleMemory> memories = new HashMap<>();
  private PortRange ephemeral = PortRange.DEFAULT_EPHEMERAL;

  /**
   * No tracker but that of the own namespace.
   *
   * @param slots for groups, of all namespaces together
   * @param included ports that are never ephemeral
   * @param sampled whether there is a sampler
   */
  public ListenerTrackers(int slots, PortSet included, boolean sampled) {
    room = new GroupLimiter.Room(slots);
    this.included = included;
    this.sampled = sampled;
    trackers.put(NamespaceTracker.OWN, open());
  }

  private ListenerTracker open() {
    ListenerTracker tracker = new ListenerTracker(new GroupLimiter(room, included), sampled);
    tracker.ephemeralPorts(ephemeral);
    return tracker;
  }

  /** Says which ports the kernel gives out by itself, from now on, in all namespaces. */
  public synchronized void ephemeralPorts(PortRange ports) {
    ephemeral = ports;
    trackers.values().forEach(tracker -> tracker.ephemeralPorts(ports));
  }

  /** Takes in what a scan that began at {@code start} says of one namespace. */
  public synchronized void scanned(long namespace, ListenerTable table, long start) {
    trackers.computeIfAbsent(namespace, missing -> open()).scanned(table, start);
  }

  /**
   * Takes in what polls add up to, or scans where nothing polls; nothing of a namespace that no
   * scan has shown yet.
   *
   * @param key of the namespace with a cookie
   */
  synchronized void sampled(SamplerBuffer samples, LongUnaryOperator key, long now) {
    SampleMemory memory = memories.computeIfAbsent(samples, missing -> new SampleMemory());
    memory.read(samples, cookie -> trackers.get(key.applyAsLong(cookie)), now);
    long observed = memory.observedNanos(samples);
    (samples.isOfNode() ? trackers.values() : List.of(trackers.get(NamespaceTracker.OWN)))
        .forEach(tracker -> tracker.observed(observed));
  }

  /** Adds handshakes with a listener of a namespace that the last scan has shown. */
  public synchronized void addHandshakes(
      long namespace, ListenerAddress address, HandshakeCounts more, long now) {
    trackers.computeIfAbsent(namespace, missing -> open()).addHandshakes(address, more, now);
  }

  /** Adds handshakes with listeners that are not known one by one. */
  public synchronized void addOtherHandshakes(long namespace, HandshakeCounts more) {
    trackers.computeIfAbsent(namespace, missing -> open()).addOtherHandshakes(more);
  }

  /** The handshakes with the listeners of a namespace. */
  public synchronized List<HandshakeFigures.OfGroup> handshakes(long namespace) {
    return trackers.computeIfAbsent(namespace, missing -> open()).handshakes();
  }

  /** The figures of a namespace after the last scan. */
  public synchronized ListenerFigures figures(long namespace) {
    return trackers.computeIfAbsent(namespace, missing -> open()).figures();
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
