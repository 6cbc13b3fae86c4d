package io.synoptic;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
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
 * What is known after a scan: the last good figures of each network namespace, how each collector's
 * last scan went, and totals since the start. Each scan makes the next report.
 *
 * @param collectors those that are on, at least one
 * @param namespaces the namespace of this process first, then the others that are shown
 * @param unlistedNamespaces namespaces without series, because the last scan had no room for them
 *     or a limit is reached; empty if this process' own alone is scanned
 * @param scannedSockets sockets counted by all good scans together
 * @param duplicateSockets sockets that good scans saw twice and counted once
 * @param rejectedMessages netlink messages that were rejected, in all scans; every reason is there
 * @param handshakes whether handshakes are counted; empty if they are not to be
 * @param budget how scans keep within their CPU time; empty if that has no bound
 */
public record ScanReport(
    Map<Collector, CollectorReport> collectors,
    List<NamespaceReport> namespaces,
    OptionalLong unlistedNamespaces,
    long scannedSockets,
    long duplicateSockets,
    Map<Rejection, Long> rejectedMessages,
    Optional<HandshakeHealth> handshakes,
    Optional<ScanBudget> budget) {

  /** Copies the collections. */
  public ScanReport {
    collectors = Collections.unmodifiableMap(new EnumMap<>(collectors));
    namespaces = List.copyOf(namespaces);
    rejectedMessages = Collections.unmodifiableMap(new EnumMap<>(rejectedMessages));
  }

  /** Before the first scan of these collectors. */
  public static ScanReport empty(Set<Collector> on) {
    Map<Collector, CollectorReport> collectors = new EnumMap<>(Collector.class);
    on.forEach(collector -> collectors.put(collector, CollectorReport.EMPTY));
    Map<Rejection, Long> rejected = new EnumMap<>(Rejection.class);
    Rejection.ALL.forEach(reason -> rejected.put(reason, 0L));
    return new ScanReport(
        collectors,
        List.of(NamespaceReport.empty(NetworkNamespace.OWN)),
        OptionalLong.empty(),
        0,
        0,
        rejected,
        Optional.empty(),
        Optional.empty());
  }

  /** The same with this collector's report. */
  public ScanReport with(Collector collector, CollectorReport report) {
    Map<Collector, CollectorReport> changed = new EnumMap<>(collectors);
    changed.put(collector, report);
    return new ScanReport(
        changed,
        namespaces,
        unlistedNamespaces,
        scannedSockets,
        duplicateSockets,
        rejectedMessages,
        handshakes,
        budget);
  }

  /** The same with these figures of the namespaces, the own one first. */
  public ScanReport with(List<NamespaceReport> newNamespaces, OptionalLong newUnlisted) {
    return new ScanReport(
        collectors,
        newNamespaces,
        newUnlisted,
        scannedSockets,
        duplicateSockets,
        rejectedMessages,
        handshakes,
        budget);
  }

  /** The same with this of the handshakes. */
  public ScanReport with(HandshakeHealth health) {
    return new ScanReport(
        collectors,
        namespaces,
        unlistedNamespaces,
        scannedSockets,
        duplicateSockets,
        rejectedMessages,
        Optional.of(health),
        budget);
  }

  /** The same with this of the budget. */
  public ScanReport with(ScanBudget newBudget) {
    return new ScanReport(
        collectors,
        namespaces,
        unlistedNamespaces,
        scannedSockets,
        duplicateSockets,
        rejectedMessages,
        handshakes,
        Optional.of(newBudget));
  }

  /** The same with these figures of the namespace of this process. */
  public ScanReport withOwn(NamespaceReport own) {
    List<NamespaceReport> changed = new ArrayList<>(namespaces);
    changed.set(0, own);
    return with(changed, unlistedNamespaces);
  }

  /** The same with what these snapshots add to the totals. */
  public ScanReport plus(Collection<SocketSnapshot> read) {
    return new ScanReport(
        collectors,
        namespaces,
        unlistedNamespaces,
        scannedSockets + read.stream().mapToLong(SocketSnapshot::scannedSockets).sum(),
        duplicateSockets + read.stream().mapToLong(SocketSnapshot::duplicateSockets).sum(),
        rejected(reason -> read.stream().mapToLong(one -> one.rejectedMessages(reason)).sum()),
        handshakes,
        budget);
  }

  /** The report after a scan that failed: the last good figures stay. */
  public ScanReport failed(Throwable cause, long nanos) {
    ScanReport failed = with(collectors.keySet().iterator().next(), scan().failed(cause, nanos));
    return cause instanceof ScanException scan
        ? new ScanReport(
            failed.collectors,
            namespaces,
            unlistedNamespaces,
            scannedSockets,
            duplicateSockets,
            rejected(scan::rejectedMessages),
            handshakes,
            budget)
        : failed;
  }

  private Map<Rejection, Long> rejected(ToLongFunction<Rejection> more) {
    Map<Rejection, Long> rejected = new EnumMap<>(rejectedMessages);
    rejected.replaceAll((reason, count) -> count + more.applyAsLong(reason));
    return rejected;
  }

  /**
   * How the scans of a collector have gone. Those of {@link Collector#LISTENERS} are the scans of
   * the listeners alone; empty before the first, and for a collector that is off.
   */
  public Optional<CollectorReport> collector(Collector collector) {
    return Optional.ofNullable(collectors.get(collector)).filter(report -> report.scans() > 0);
  }

  /** How the scan that a scrape waits for has gone: of all sockets, or of what else is on. */
  public CollectorReport scan() {
    return collectors.values().iterator().next();
  }

  /**
   * Whether the last good scan ended at most {@code maxAge} ago. While the budget puts off the next
   * one, no figure ages.
   */
  public boolean isGood(Duration maxAge) {
    return scan().isGood(patience(maxAge));
  }

  private Duration patience(Duration maxAge) {
    return maxAge.plus(pause());
  }

  /** For how long after the last scan none starts, because the budget is used up. */
  public Duration pause() {
    return budget.map(ScanBudget::pause).orElse(Duration.ZERO);
  }

  /**
   * The collectors with figures here that are at most {@code maxAge} old; while the budget puts off
   * the next scan, no figure ages.
   */
  public Set<Collector> fresh(Duration maxAge) {
    Duration patience = patience(maxAge);
    Set<Collector> fresh = EnumSet.noneOf(Collector.class);
    collectors.forEach(
        (collector, report) -> {
          if (isFresh(collector, report, patience)) {
            fresh.add(collector);
          }
        });
    return fresh;
  }

  /** Counters that can't be read are absent, so the others are as new as the reading. */
  private boolean isFresh(Collector collector, CollectorReport report, Duration maxAge) {
    return switch (collector) {
      case COUNTERS -> report.isRecent(maxAge);
      case HANDSHAKES -> report.isGood(maxAge);
      case SOCKETS, LISTENERS -> scan().isGood(maxAge);
    };
  }

  /** Netlink messages that were rejected for one reason, in all scans. */
  public long rejectedMessages(Rejection reason) {
    return rejectedMessages.getOrDefault(reason, 0L);
  }

  /** The network namespace of this process. */
  public NamespaceReport own() {
    return namespaces.get(0);
  }
}
