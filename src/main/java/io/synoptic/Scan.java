package io.synoptic;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * What happens when a scrape wants newer figures: the collectors that are on, in one straight line,
 * for each namespace.
 */
final class Scan implements UnaryOperator<ScanReport>, AutoCloseable {
  private static final Path NAMED_NAMESPACES = Path.of("/run/netns");

  private final SocketScanner own;
  private final NamespaceScanner scanner;
  private final boolean sockets;
  private final boolean everyNamespace;
  private final Namespaces namespaces;
  private final ListenerLedgers ledgers;
  private final FastLane fastLane;
  private final OwnerLedger owners;
  private final NamespaceCountersReader counters;

  /**
   * What was found out about each namespace when it was scanned last; the own one's comes first.
   */
  private final Map<Long, Found> found = new LinkedHashMap<>();

  /**
   * One namespace.
   *
   * @param listeners null if they are not collected
   * @param counters null if they are not collected, not of this namespace, or of the own one
   */
  private record Found(
      NetworkNamespace name,
      SocketCounts counts,
      List<OwnerConnections> owners,
      ListenerFigures listeners,
      NamespaceCounters counters) {}

  /** Starts the fast lane, if there is to be one. */
  Scan(SharedScanner.Builder settings) {
    own = settings.scanner;
    everyNamespace = settings.everyNamespace.isPresent();
    scanner =
        settings
            .everyNamespace
            .<NamespaceScanner>map(node -> new WholeNode(own, node, System.getenv()))
            .orElseGet(() -> new OwnNamespace(own));
    sockets = settings.collectors.contains(Collector.SOCKETS);
    boolean listeners = settings.collectors.contains(Collector.LISTENERS);
    boolean watched = listeners && !settings.listenerInterval.isZero();
    ledgers =
        listeners
            ? new ListenerLedgers(settings.maxListenerGroups, settings.includedPorts, watched)
            : null;
    fastLane = listeners ? new FastLane(scanner, ledgers) : null;
    Owners names = new Owners(settings.sysfs, own.procfs(), settings.logs);
    namespaces =
        new Namespaces(
            settings.everyNamespace.map(EveryNamespace::filter).orElse(NamespaceFilter.ALL),
            names,
            NAMED_NAMESPACES,
            settings.maxNamespaces);
    owners = new OwnerLedger(names, new ListenerProcesses(own.procfs()), settings.maxOwners);
    counters =
        settings.collectors.contains(Collector.COUNTERS)
            ? new NamespaceCountersReader(own.procfs())
            : null;
    if (watched) {
      fastLane.start(settings.listenerInterval);
    }
  }

  @Override
  public ScanReport apply(ScanReport latest) {
    if (ledgers != null) {
      ledgers.ephemeralPorts(PortRange.ephemeral(own.procfs()));
    }
    ScanReport next = latest;
    if (sockets) {
      next = scanSockets(latest);
    } else if (ledgers != null) {
      next = scanListeners(latest);
    }
    if (ledgers != null) {
      next = next.withListenerScans(fastLane.report());
    }
    return counters == null ? next : readCounters(next);
  }

  private ScanReport scanSockets(ScanReport latest) {
    long start = System.nanoTime();
    List<SocketCounts> read = new ArrayList<>();
    try {
      NamespaceScanner.Result result =
          scanner.scan(
              scanned -> {
                read.add(scanned.counts());
                namespaces
                    .name(scanned, start)
                    .ifPresent(name -> found.put(scanned.key(), find(name, scanned, start)));
              });
      forgetAllBut(result, start);
      long nanos = System.nanoTime() - start;
      ScanReport next =
          latest.succeeded(
              result.source(),
              read,
              ofEach(Found::counts),
              ofEach(Found::owners),
              everyNamespace
                  ? OptionalLong.of(result.unlisted() + namespaces.withoutPlace())
                  : OptionalLong.empty(),
              nanos);
      return ledgers == null ? next : next.withListeners(named(ofEach(Found::listeners)));
    } catch (RuntimeException e) {
      return latest.failed(e, System.nanoTime() - start);
    }
  }

  private Found find(NetworkNamespace name, NamespaceScanner.Scanned scanned, long start) {
    return new Found(
        name,
        scanned.counts(),
        owners.named(scanned.key(), scanned.counts(), start),
        ledgers == null ? null : ledgers.scanned(scanned.key(), scanned.listeners(), start),
        counters == null || scanned.pid() == 0 || scanned.key() == Namespaces.OWN
            ? null
            : counters.read(scanned.pid(), scanned.limits()));
  }

  private void forgetAllBut(NamespaceScanner.Result result, long start) {
    Set<Long> shown = namespaces.retain(result.alive(), start);
    found.keySet().retainAll(shown);
    owners.retain(shown);
    if (ledgers != null) {
      ledgers.retain(shown);
    }
  }

  /** By name, where there is one of it. */
  private <T> Map<NetworkNamespace, T> ofEach(Function<Found, T> part) {
    Map<NetworkNamespace, T> parts = new LinkedHashMap<>();
    for (Found namespace : found.values()) {
      Optional.ofNullable(part.apply(namespace))
          .ifPresent(value -> parts.put(namespace.name, value));
    }
    return parts;
  }

  private Map<NetworkNamespace, ListenerFigures> named(
      Map<NetworkNamespace, ListenerFigures> listeners) {
    owners.search(listeners.values());
    listeners.replaceAll((name, figures) -> owners.named(figures));
    return listeners;
  }

  private ScanReport scanListeners(ScanReport latest) {
    return fastLane.poll().failure().isPresent()
        ? latest
        : latest.withListeners(
            named(
                new HashMap<>(
                    Map.of(
                        NetworkNamespace.OWN,
                        ledgers.figures(Namespaces.OWN, System.nanoTime())))));
  }

  private ScanReport readCounters(ScanReport latest) {
    long start = System.nanoTime();
    Map<NetworkNamespace, NamespaceCounters> all = new LinkedHashMap<>();
    all.put(NetworkNamespace.OWN, counters.read());
    all.putAll(ofEach(Found::counters));
    return latest.withCounters(all, System.nanoTime() - start);
  }

  @Override
  public void close() {
    if (fastLane != null) {
      fastLane.close();
    }
  }
}
