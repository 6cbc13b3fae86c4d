package io.synoptic;

import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToLongFunction;

/**
 * What is known after a scan: the last good figures, how each collector's last scan went, and
 * totals since the start. Immutable; each scan makes the next report.
 */
public final class ScanReport {
  private final Map<Collector, CollectorReport> collectors;
  private final SocketCounts snapshot;
  private final List<OwnerConnections> owners;
  private final ListenerFigures listeners;
  private final NamespaceCounters counters;
  private final long scannedSockets;
  private final long duplicateSockets;
  private final long[] rejectedMessages;

  private ScanReport(
      Map<Collector, CollectorReport> collectors,
      SocketCounts snapshot,
      List<OwnerConnections> owners,
      ListenerFigures listeners,
      NamespaceCounters counters,
      long scannedSockets,
      long duplicateSockets,
      long[] rejectedMessages) {
    this.collectors = collectors;
    this.snapshot = snapshot;
    this.owners = owners;
    this.listeners = listeners;
    this.counters = counters;
    this.scannedSockets = scannedSockets;
    this.duplicateSockets = duplicateSockets;
    this.rejectedMessages = rejectedMessages;
  }

  /** Before the first scan of these collectors. */
  static ScanReport none(Set<Collector> on) {
    Map<Collector, CollectorReport> collectors = new EnumMap<>(Collector.class);
    on.forEach(collector -> collectors.put(collector, CollectorReport.NONE));
    return new ScanReport(
        collectors, null, List.of(), null, null, 0, 0, new long[Rejection.ALL.size()]);
  }

  /** The report after a good scan of all sockets, which took {@code nanos}. */
  ScanReport succeeded(SocketCounts next, List<OwnerConnections> nextOwners, long nanos) {
    return new ScanReport(
        with(Collector.SOCKETS, scan().succeeded(next.source(), nanos)),
        next,
        nextOwners,
        listeners,
        counters,
        scannedSockets + next.scannedSockets(),
        duplicateSockets + next.duplicateSockets(),
        rejected(next::rejectedMessages));
  }

  /** The report after a scan that failed: the last good figures stay. */
  ScanReport failed(RuntimeException cause, long nanos) {
    return new ScanReport(
        with(collectors.keySet().iterator().next(), scan().failed(cause, nanos)),
        snapshot,
        owners,
        listeners,
        counters,
        scannedSockets,
        duplicateSockets,
        cause instanceof ScanException scan ? rejected(scan::rejectedMessages) : rejectedMessages);
  }

  /** The report with newer figures of the listeners. */
  ScanReport withListeners(ListenerFigures next) {
    return new ScanReport(
        collectors,
        snapshot,
        owners,
        next,
        counters,
        scannedSockets,
        duplicateSockets,
        rejectedMessages);
  }

  /** The report with newer counters, some of which may have failed. */
  ScanReport withCounters(NamespaceCounters next, long nanos) {
    CollectorReport before = collectors.get(Collector.COUNTERS);
    return new ScanReport(
        with(
            Collector.COUNTERS,
            next.failure()
                .map(why -> before.failed(new IllegalStateException(why), nanos))
                .orElseGet(() -> before.succeeded(SourceUsed.PROCFS, nanos))),
        snapshot,
        owners,
        listeners,
        next,
        scannedSockets,
        duplicateSockets,
        rejectedMessages);
  }

  /** The report with how the scans of the listeners alone have gone. */
  ScanReport withListenerScans(CollectorReport scans) {
    return new ScanReport(
        with(Collector.LISTENERS, scans),
        snapshot,
        owners,
        listeners,
        counters,
        scannedSockets,
        duplicateSockets,
        rejectedMessages);
  }

  private Map<Collector, CollectorReport> with(Collector collector, CollectorReport report) {
    Map<Collector, CollectorReport> changed = new EnumMap<>(collectors);
    changed.put(collector, report);
    return changed;
  }

  private long[] rejected(ToLongFunction<Rejection> more) {
    long[] rejected = rejectedMessages.clone();
    Rejection.ALL.forEach(reason -> rejected[reason.number()] += more.applyAsLong(reason));
    return rejected;
  }

  /**
   * How the scans of a collector have gone. Those of {@link Collector#LISTENERS} are the scans of
   * the listeners alone; empty while there is none, and for a collector that is off.
   */
  public Optional<CollectorReport> collector(Collector collector) {
    return Optional.ofNullable(collectors.get(collector)).filter(report -> report.scans() > 0);
  }

  /** How the scan that a scrape waits for has gone: of all sockets, or of what else is on. */
  public CollectorReport scan() {
    return collectors.values().iterator().next();
  }

  /** The collectors whose figures here are at most {@code maxAge} old. */
  public Set<Collector> fresh(Duration maxAge) {
    Set<Collector> fresh = EnumSet.noneOf(Collector.class);
    for (Collector collector : collectors.keySet()) {
      if (isFresh(collector, maxAge)) {
        fresh.add(collector);
      }
    }
    return fresh;
  }

  /** Counters that can't be read are absent, so the others are as new as the reading. */
  private boolean isFresh(Collector collector, Duration maxAge) {
    return collector == Collector.COUNTERS
        ? collectors.get(collector).isRecent(maxAge)
        : scan().isGood(maxAge);
  }

  /** The last good counts, however old; empty before the first, and if they are not collected. */
  public Optional<SocketCounts> snapshot() {
    return Optional.ofNullable(snapshot);
  }

  /** Whose the connections of the snapshot are; empty where that can't be told. */
  public List<OwnerConnections> owners() {
    return owners;
  }

  /** The listeners' last good figures, however old; empty if they are not collected. */
  public Optional<ListenerFigures> listeners() {
    return Optional.ofNullable(listeners);
  }

  /** The last counters, some of which may have failed; empty if they are not collected. */
  public Optional<NamespaceCounters> counters() {
    return Optional.ofNullable(counters);
  }

  /** Sockets counted by all good scans together. */
  public long scannedSockets() {
    return scannedSockets;
  }

  /** Sockets that good scans saw twice and counted once. */
  public long duplicateSockets() {
    return duplicateSockets;
  }

  /** Netlink messages that were not believed, for one reason, in all scans. */
  public long rejectedMessages(Rejection reason) {
    return rejectedMessages[reason.number()];
  }
}
