package io.synoptic;

import java.time.Duration;
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
  private final NamespaceCountersReader counters;

  /**
   * Starts the fast lane.
   *
   * @param collectors those that are on
   * @param places for the listeners
   * @param listenerInterval of the fast lane; 0 for none
   */
  Scan(
      SocketScanner scanner,
      Set<Collector> collectors,
      ListenerPlaces places,
      Duration listenerInterval) {
    this.scanner = scanner;
    sockets = collectors.contains(Collector.SOCKETS);
    boolean listeners = collectors.contains(Collector.LISTENERS);
    boolean watched = listeners && !listenerInterval.isZero();
    ledger = listeners ? new ListenerLedger(places, watched) : null;
    fastLane = listeners ? new FastLane(scanner, ledger) : null;
    counters =
        collectors.contains(Collector.COUNTERS)
            ? new NamespaceCountersReader(scanner.procfs())
            : null;
    if (watched) {
      fastLane.start(listenerInterval);
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
      return scanner.scan(
          (counts, listeners) -> {
            ScanReport next = latest.succeeded(counts, System.nanoTime() - start);
            return ledger == null ? next : next.withListeners(ledger.scanned(listeners, start));
          });
    } catch (RuntimeException e) {
      return latest.failed(e, System.nanoTime() - start);
    }
  }

  private ScanReport scanListeners(ScanReport latest) {
    return fastLane.poll().failure().isPresent()
        ? latest
        : latest.withListeners(ledger.figures(System.nanoTime()));
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
