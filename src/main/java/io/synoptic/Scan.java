package io.synoptic;

import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * What happens when a scrape wants newer figures: the collectors that are on, in one straight line.
 */
final class Scan implements UnaryOperator<ScanReport>, AutoCloseable {
  private final SocketScanner scanner;
  private final boolean sockets;
  private final ListenerLedger ledger;
  private final FastLane fastLane;
  private final OwnerLedger owners;
  private final NamespaceCountersReader counters;

  /** What one scan of all sockets yields; listeners are null if they are not collected. */
  private record Found(SocketCounts counts, ListenerFigures listeners) {}

  /** Starts the fast lane, if there is to be one. */
  Scan(SharedScanner.Builder settings) {
    scanner = settings.scanner;
    Set<Collector> collectors = settings.collectors;
    sockets = collectors.contains(Collector.SOCKETS);
    boolean listeners = collectors.contains(Collector.LISTENERS);
    boolean watched = listeners && !settings.listenerInterval.isZero();
    ledger =
        listeners
            ? new ListenerLedger(
                new ListenerPlaces(settings.maxListenerGroups, settings.includedPorts), watched)
            : null;
    fastLane = listeners ? new FastLane(scanner, ledger) : null;
    owners =
        new OwnerLedger(
            new Owners(settings.sysfs, scanner.procfs(), settings.logs),
            new ListenerProcesses(scanner.procfs()),
            settings.maxOwners);
    counters =
        collectors.contains(Collector.COUNTERS)
            ? new NamespaceCountersReader(scanner.procfs())
            : null;
    if (watched) {
      fastLane.start(settings.listenerInterval);
    }
  }

  @Override
  public ScanReport apply(ScanReport latest) {
    if (ledger != null) {
      ledger.ephemeralPorts(PortRange.ephemeral(scanner.procfs()));
    }
    ScanReport next = latest;
    if (sockets) {
      next = scanSockets(latest);
    } else if (ledger != null) {
      next = scanListeners(latest);
    }
    if (ledger != null) {
      next = next.withListenerScans(fastLane.report());
    }
    return counters == null ? next : readCounters(next);
  }

  private ScanReport scanSockets(ScanReport latest) {
    long start = System.nanoTime();
    try {
      Found found =
          scanner.scan(
              (counts, listeners) ->
                  new Found(counts, ledger == null ? null : ledger.scanned(listeners, start)));
      long nanos = System.nanoTime() - start;
      ScanReport next = latest.succeeded(found.counts, owners.named(found.counts, start), nanos);
      return found.listeners == null ? next : next.withListeners(owners.named(found.listeners));
    } catch (RuntimeException e) {
      return latest.failed(e, System.nanoTime() - start);
    }
  }

  private ScanReport scanListeners(ScanReport latest) {
    return fastLane.poll().failure().isPresent()
        ? latest
        : latest.withListeners(owners.named(ledger.figures(System.nanoTime())));
  }

  private ScanReport readCounters(ScanReport latest) {
    long start = System.nanoTime();
    return latest.withCounters(counters.read(), System.nanoTime() - start);
  }

  @Override
  public void close() {
    if (fastLane != null) {
      fastLane.close();
    }
  }
}
