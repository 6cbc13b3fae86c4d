package io.synoptic;

import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.ToLongFunction;

/**
 * What is known after a scan: the last good figures, how each collector's last scan went, and
 * totals since the start. Immutable; each scan makes the next report.
 */
public final class ScanReport {
  private final Map<Collector, CollectorReport> collectors;
  private final Map<NetworkNamespace, SocketCounts> snapshots;
  private final Map<NetworkNamespace, List<OwnerConnections>> owners;
  private final Map<NetworkNamespace, ListenerFigures> listeners;
  private final Map<NetworkNamespace, NamespaceCounters> counters;
  private final OptionalLong unlistedNamespaces;
  private final long scannedSockets;
  private final long duplicateSockets;
  private final long[] rejectedMessages;

  private ScanReport(
      Map<Collector, CollectorReport> collectors,
      Map<NetworkNamespace, SocketCounts> snapshots,
      Map<NetworkNamespace, List<OwnerConnections>> owners,
      Map<NetworkNamespace, ListenerFigures> listeners,
      Map<NetworkNamespace, NamespaceCounters> counters,
      OptionalLong unlistedNamespaces,
      long scannedSockets,
      long duplicateSockets,
      long[] rejectedMessages) {
    this.collectors = collectors;
    this.snapshots = snapshots;
    this.owners = owners;
    this.listeners = listeners;
    this.counters = counters;
    this.unlistedNamespaces = unlistedNamespaces;
    this.scannedSockets = scannedSockets;
    this.duplicateSockets = duplicateSockets;
    this.rejectedMessages = rejectedMessages;
  }

  /** Before the first scan of these collectors. */
  static ScanReport none(Set<Collector> on) {
    Map<Collector, CollectorReport> collectors = new EnumMap<>(Collector.class);
    on.forEach(collector -> collectors.put(collector, CollectorReport.NONE));
    return new ScanReport(
        collectors,
        Map.of(),
        Map.of(),
        Map.of(),
        Map.of(),
        OptionalLong.empty(),
        0,
        0,
        new long[Rejection.ALL.size()]);
  }

  /**
   * The report after a good scan of all sockets, which took {@code nanos}.
   *
   * @param read what it has read
   * @param next every namespace that is shown, in that order; those that were read earlier keep
   *     their time
   */
  ScanReport succeeded(
      SourceUsed source,
      List<SocketCounts> read,
      Map<NetworkNamespace, SocketCounts> next,
      Map<NetworkNamespace, List<OwnerConnections>> nextOwners,
      OptionalLong nextUnlistedNamespaces,
      long nanos) {
    return new ScanReport(
        with(Collector.SOCKETS, scan().succeeded(source, nanos)),
        Collections.unmodifiableMap(next),
        Collections.unmodifiableMap(nextOwners),
        listeners,
        counters,
        nextUnlistedNamespaces,
        scannedSockets + read.stream().mapToLong(SocketCounts::scannedSockets).sum(),
        duplicateSockets + read.stream().mapToLong(SocketCounts::duplicateSockets).sum(),
        rejected(
            reason -> read.stream().mapToLong(counts -> counts.rejectedMessages(reason)).sum()));
  }

  /** The report after a scan that failed: the last good figures stay. */
  ScanReport failed(Throwable cause, long nanos) {
    return new ScanReport(
        with(collectors.keySet().iterator().next(), scan().failed(cause, nanos)),
        snapshots,
        owners,
        listeners,
        counters,
        unlistedNamespaces,
        scannedSockets,
        duplicateSockets,
        cause instanceof ScanException scan ? rejected(scan::rejectedMessages) : rejectedMessages);
  }

  /** The report with newer figures of the listeners. */
  ScanReport withListeners(Map<NetworkNamespace, ListenerFigures> next) {
    return new ScanReport(
        collectors,
        snapshots,
        owners,
        Collections.unmodifiableMap(next),
        counters,
        unlistedNamespaces,
        scannedSockets,
        duplicateSockets,
        rejectedMessages);
  }

  /** The report with newer counters; those of the own namespace say whether any have failed. */
  ScanReport withCounters(Map<NetworkNamespace, NamespaceCounters> next, long nanos) {
    CollectorReport before = collectors.get(Collector.COUNTERS);
    return new ScanReport(
        with(
            Collector.COUNTERS,
            next.get(NetworkNamespace.OWN)
                .failure()
                .map(why -> before.failed(new ScanException(why), nanos))
                .orElseGet(() -> before.succeeded(SourceUsed.PROCFS, nanos))),
        snapshots,
        owners,
        listeners,
        Collections.unmodifiableMap(next),
        unlistedNamespaces,
        scannedSockets,
        duplicateSockets,
        rejectedMessages);
  }

  /** The report with how the scans of the listeners alone have gone. */
  ScanReport withListenerScans(CollectorReport scans) {
    return new ScanReport(
        with(Collector.LISTENERS, scans),
        snapshots,
        owners,
        listeners,
        counters,
        unlistedNamespaces,
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

  /**
   * The last good counts of the namespace this process lives in, however old; empty before the
   * first, and if they are not collected.
   */
  public Optional<SocketCounts> snapshot() {
    return Optional.ofNullable(snapshots.get(NetworkNamespace.OWN));
  }

  /** Whose the connections of {@link #snapshot()} are; empty where that can't be told. */
  public List<OwnerConnections> owners() {
    return owners.getOrDefault(NetworkNamespace.OWN, List.of());
  }

  /** The listeners' last good figures, however old; empty if they are not collected. */
  public Optional<ListenerFigures> listeners() {
    return Optional.ofNullable(listeners.get(NetworkNamespace.OWN));
  }

  /** The last counters, some of which may have failed; empty if they are not collected. */
  public Optional<NamespaceCounters> counters() {
    return Optional.ofNullable(counters.get(NetworkNamespace.OWN));
  }

  /** {@link #snapshot()} of every namespace that is scanned, each with its own time. */
  public Map<NetworkNamespace, SocketCounts> snapshots() {
    return snapshots;
  }

  /** {@link #owners()} of every namespace that is scanned. */
  public Map<NetworkNamespace, List<OwnerConnections>> allOwners() {
    return owners;
  }

  /** {@link #listeners()} of every namespace that is scanned. */
  public Map<NetworkNamespace, ListenerFigures> allListeners() {
    return listeners;
  }

  /** {@link #counters()} of every namespace that is scanned and has a process to read them of. */
  public Map<NetworkNamespace, NamespaceCounters> allCounters() {
    return counters;
  }

  /** Namespaces that the last scan had no room for; empty if this process' alone is scanned. */
  public OptionalLong unlistedNamespaces() {
    return unlistedNamespaces;
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
