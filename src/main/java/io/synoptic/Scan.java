package io.synoptic;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * What happens when a scrape wants newer figures: the collectors that are on, in one straight line,
 * for each namespace.
 */
final class Scan implements UnaryOperator<ScanReport>, AutoCloseable {
  private static final Path NAMED_NAMESPACES = Path.of("/run/netns");

  /**
   * What is scanned.
   *
   * @param own the namespace of this process
   * @param everyNamespace the others; empty if the own one alone is scanned
   * @param listenerInterval between two polls of the sampler; zero for none
   * @param sysfs whose cgroups name owners
   * @param logs the folder with the kubelet's logs, whose names are pods'
   */
  record Settings(
      NativeScanner own,
      Set<Collector> collectors,
      Duration listenerInterval,
      int maxListenerGroups,
      PortSet includedPorts,
      int maxOwners,
      Optional<EveryNamespace> everyNamespace,
      int maxNamespaces,
      Path sysfs,
      Path logs) {}

  private final Path procfs;
  private final NamespaceScanner scanner;
  private final boolean sockets;
  private final boolean everyNamespace;
  private final Namespaces namespaces;
  private final ListenerLedgers ledgers;
  private final FastLane fastLane;
  private final OwnerLedger owners;
  private final NamespaceCountersReader counters;

  /** Each namespace as it was scanned last; the own one comes first. */
  private final Map<Long, NamespaceReport> found = new LinkedHashMap<>();

  /** Starts the sampler, if there is to be one. */
  Scan(Settings settings) {
    procfs = settings.own.procfs();
    everyNamespace = settings.everyNamespace.isPresent();
    scanner =
        settings
            .everyNamespace
            .<NamespaceScanner>map(node -> new WholeNode(settings.own, node, System.getenv()))
            .orElseGet(() -> new OwnNamespace(settings.own));
    sockets = settings.collectors.contains(Collector.SOCKETS);
    boolean listeners = settings.collectors.contains(Collector.LISTENERS);
    boolean sampled = listeners && !settings.listenerInterval.isZero();
    ledgers =
        listeners
            ? new ListenerLedgers(settings.maxListenerGroups, settings.includedPorts, sampled)
            : null;
    fastLane = listeners ? new FastLane(scanner, ledgers) : null;
    Owners names = new Owners(settings.sysfs, procfs, settings.logs);
    namespaces =
        new Namespaces(
            settings.everyNamespace.map(EveryNamespace::filter).orElse(NamespaceFilter.ALL),
            names,
            NAMED_NAMESPACES,
            settings.maxNamespaces);
    owners = new OwnerLedger(names, new ListenerProcesses(procfs), settings.maxOwners);
    counters =
        settings.collectors.contains(Collector.COUNTERS)
            ? new NamespaceCountersReader(procfs)
            : null;
    found.put(Namespaces.OWN, NamespaceReport.empty(NetworkNamespace.OWN));
    if (sampled) {
      fastLane.start(settings.listenerInterval);
    }
  }

  @Override
  public ScanReport apply(ScanReport latest) {
    if (ledgers != null) {
      ledgers.ephemeralPorts(PortRange.ephemeral(procfs));
    }
    ScanReport next = latest;
    if (sockets) {
      next = scanSockets(latest);
    } else if (ledgers != null) {
      next = scanListeners(latest);
    }
    if (ledgers != null) {
      next = next.with(Collector.LISTENERS, fastLane.report());
    }
    return counters == null ? next : readCounters(next);
  }

  private ScanReport scanSockets(ScanReport latest) {
    long start = System.nanoTime();
    List<SocketSnapshot> read = new ArrayList<>();
    try {
      NamespaceScanner.Result result =
          scanner.scan(
              scanned -> {
                read.add(scanned.sockets());
                namespaces
                    .name(scanned, start)
                    .ifPresent(name -> found.put(scanned.key(), report(name, scanned, start)));
              });
      forgetAllBut(result, start);
      CollectorReport report = latest.scan().succeeded(result.source(), System.nanoTime() - start);
      if (ledgers != null) {
        nameListeners();
      }
      return latest
          .with(Collector.SOCKETS, report)
          .with(List.copyOf(found.values()), unlisted(result))
          .plus(read);
    } catch (RuntimeException e) {
      return latest.failed(e, System.nanoTime() - start);
    }
  }

  private NamespaceReport report(
      NetworkNamespace name, NamespaceScanner.Scanned scanned, long start) {
    NamespaceReport report =
        NamespaceReport.empty(name)
            .with(scanned.sockets(), owners.named(scanned.key(), scanned.sockets(), start));
    if (ledgers != null) {
      report = report.with(ledgers.scanned(scanned.key(), scanned.listeners(), start));
    }
    return counters == null || scanned.pid() == 0 || scanned.key() == Namespaces.OWN
        ? report
        : report.with(counters.read(scanned.pid(), scanned.limits()));
  }

  private void forgetAllBut(NamespaceScanner.Result result, long start) {
    Set<Long> shown = namespaces.retain(result.alive(), start);
    found.keySet().retainAll(shown);
    owners.retain(shown);
    if (ledgers != null) {
      ledgers.retain(shown);
    }
  }

  private OptionalLong unlisted(NamespaceScanner.Result result) {
    return everyNamespace
        ? OptionalLong.of(result.unlisted() + namespaces.withoutPlace())
        : OptionalLong.empty();
  }

  private void nameListeners() {
    owners.search(
        found.values().stream().flatMap(namespace -> namespace.listeners().stream()).toList());
    found.replaceAll((key, namespace) -> withNames(namespace));
  }

  private NamespaceReport withNames(NamespaceReport namespace) {
    return namespace
        .listeners()
        .map(listeners -> namespace.with(owners.named(listeners)))
        .orElse(namespace);
  }

  private ScanReport scanListeners(ScanReport latest) {
    if (fastLane.poll().failure().isPresent()) {
      return latest;
    }
    ListenerFigures figures = ledgers.figures(Namespaces.OWN, System.nanoTime());
    owners.search(List.of(figures));
    return latest.withOwn(latest.own().with(owners.named(figures)));
  }

  /** Those of the own namespace decide whether the collector has failed. */
  private ScanReport readCounters(ScanReport latest) {
    long start = System.nanoTime();
    NamespaceCounters own = counters.read();
    long nanos = System.nanoTime() - start;
    CollectorReport before = latest.collectors().get(Collector.COUNTERS);
    CollectorReport after =
        own.failure()
            .map(why -> before.failed(new ScanException(why), nanos))
            .orElseGet(() -> before.succeeded(SourceUsed.PROCFS, nanos));
    return latest.with(Collector.COUNTERS, after).withOwn(latest.own().with(own));
  }

  @Override
  public void close() {
    if (fastLane != null) {
      fastLane.close();
    }
  }
}
