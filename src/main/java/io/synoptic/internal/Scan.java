package io.synoptic.internal;

import io.synoptic.Collector;
import io.synoptic.CollectorReport;
import io.synoptic.EveryNamespace;
import io.synoptic.ListenerFigures;
import io.synoptic.NamespaceCounters;
import io.synoptic.NamespaceFilter;
import io.synoptic.NamespaceReport;
import io.synoptic.NetworkNamespace;
import io.synoptic.PortSet;
import io.synoptic.ScanException;
import io.synoptic.ScanReport;
import io.synoptic.SocketSnapshot;
import io.synoptic.SourceUsed;
import io.synoptic.internal.ffi.NativeScanner;
import io.synoptic.internal.handshakes.Handshakes;
import io.synoptic.internal.listeners.ListenerTrackers;
import io.synoptic.internal.listeners.Sampler;
import io.synoptic.internal.netns.NamespaceScanner;
import io.synoptic.internal.netns.NamespaceTracker;
import io.synoptic.internal.netns.NodeScanner;
import io.synoptic.internal.netns.OwnScanner;
import io.synoptic.internal.owners.ListenerProcesses;
import io.synoptic.internal.owners.OwnerTracker;
import io.synoptic.internal.owners.Owners;
import io.synoptic.internal.owners.SocketHolders;
import io.synoptic.internal.procfs.NamespaceCountersReader;
import io.synoptic.internal.procfs.OnceRead;
import io.synoptic.internal.procfs.PortRange;
import io.synoptic.internal.procfs.Sockstat;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What happens when a scrape wants newer figures: the collectors that are on, in one straight line,
 * for each namespace.
 */
public final class Scan implements UnaryOperator<ScanReport>, AutoCloseable {
  private static final Path NAMED_NAMESPACES = Path.of("/run/netns");

  /**
   * What is scanned.
   *
   * @param own the namespace of this process
   * @param everyNamespace the others; empty if the own one alone is scanned
   * @param listenerInterval between two polls of the sampler; zero for none
   * @param namespacePatience how long one that is no pod's must have been there to be shown
   * @param sysfs whose cgroups name owners
   * @param logs the folder with the kubelet's logs, whose names are pods'
   */
  public record Settings(
      NativeScanner own,
      Set<Collector> collectors,
      Duration listenerInterval,
      int maxListenerGroups,
      PortSet includedPorts,
      int maxOwners,
      Optional<EveryNamespace> everyNamespace,
      int maxNamespaces,
      Duration namespacePatience,
      Path sysfs,
      Path logs) {}

  private final Path procfs;
  private final OwnScanner own;
  private final @Nullable NodeScanner node;
  private final NamespaceScanner scanner;
  private final boolean sockets;
  private final boolean everyNamespace;
  private final boolean sampled;
  private final NamespaceTracker namespaces;
  private final @Nullable Listeners listeners;
  private final OwnerTracker owners;
  private final @Nullable Handshakes handshakes;
  private final @Nullable NamespaceCountersReader counters;

  /** What remembers listeners, and what polls them. */
  private record Listeners(ListenerTrackers trackers, Sampler sampler) {}

  /** Each namespace as it was scanned last; the own one comes first. */
  private final Map<Long, NamespaceReport> found = new LinkedHashMap<>();

  /** Starts the sampler, if there is to be one. */
  public Scan(Settings settings) {
    procfs = settings.own.procfs();
    everyNamespace = settings.everyNamespace.isPresent();
    sampled = !settings.listenerInterval.isZero();
    boolean adding = settings.collectors.contains(Collector.LISTENERS) && !sampled;
    own = new OwnScanner(settings.own, adding);
    node =
        settings
            .everyNamespace
            .map(every -> new NodeScanner(own, settings.own, adding, every, System.getenv()))
            .orElse(null);
    scanner = node == null ? own : node;
    sockets = settings.collectors.contains(Collector.SOCKETS);
    if (settings.collectors.contains(Collector.LISTENERS)) {
      ListenerTrackers trackers =
          new ListenerTrackers(settings.maxListenerGroups, settings.includedPorts, sampled);
      listeners = new Listeners(trackers, new Sampler(scanner, trackers));
    } else {
      listeners = null;
    }
    Owners names = new Owners(settings.sysfs, procfs, settings.logs);
    namespaces =
        new NamespaceTracker(
            settings.everyNamespace.map(EveryNamespace::filter).orElse(NamespaceFilter.ALL),
            names,
            NAMED_NAMESPACES,
            settings.maxNamespaces,
            settings.namespacePatience);
    owners =
        new OwnerTracker(
            names,
            new ListenerProcesses(procfs, SocketHolders.of(System.getenv())),
            settings.maxOwners);
    handshakes =
        listeners != null && settings.collectors.contains(Collector.HANDSHAKES)
            ? new Handshakes(listeners.trackers, owners, settings.own, node, System.getenv())
            : null;
    counters =
        settings.collectors.contains(Collector.COUNTERS)
            ? new NamespaceCountersReader(procfs)
            : null;
    found.put(NamespaceTracker.OWN, NamespaceReport.empty(NetworkNamespace.OWN));
    if (listeners != null && sampled) {
      listeners.sampler.start(settings.listenerInterval);
    }
  }

  /**
   * CPU time of scans that a budget of its own bounds, in nanoseconds since the start: that of
   * other namespaces which are read one after the other.
   */
  public long budgetedNanos() {
    return node == null ? 0 : node.budgetedNanos();
  }

  @Override
  public ScanReport apply(ScanReport latest) {
    OnceRead<PortRange> ephemeral = PortRange.ephemeral(procfs);
    Sockstat sockstat = new Sockstat(procfs);
    if (listeners != null) {
      listeners.trackers.ephemeralPorts(ephemeral.orElse(PortRange.DEFAULT_EPHEMERAL));
    }
    ScanReport next = latest;
    if (sockets) {
      next = scanSockets(latest, sockstat);
    } else if (listeners != null) {
      next = scanListeners(latest, listeners);
    }
    return counters == null ? next : withCounters(next, () -> counters.read(ephemeral, sockstat));
  }

  private ScanReport scanSockets(ScanReport latest, Sockstat sockstat) {
    long start = System.nanoTime();
    List<SocketSnapshot> read = new ArrayList<>();
    NamespaceScanner.Result result;
    ScanReport next;
    try {
      result =
          scanner.scan(
              sockstat,
              scanned -> {
                read.add(scanned.sockets());
                namespaces
                    .name(scanned, start)
                    .ifPresent(name -> found.put(scanned.key(), report(name, scanned, start)));
              });
      forgetAllBut(result, start);
      CollectorReport report = latest.scan().succeeded(result.source(), System.nanoTime() - start);
      next = latest.with(Collector.SOCKETS, report).plus(read);
    } catch (RuntimeException e) {
      return withPolls(latest.failed(e, System.nanoTime() - start));
    }
    next = withPolls(next);
    if (listeners != null) {
      showListeners(listeners.trackers);
    }
    if (handshakes != null) {
      next = handshakes.collect(next, found, start);
    }
    return next.with(List.copyOf(found.values()), unlisted(result));
  }

  private ScanReport withPolls(ScanReport report) {
    return listeners == null
        ? report
        : report.with(Collector.LISTENERS, listeners.sampler.collect());
  }

  private NamespaceReport report(
      NetworkNamespace name, NamespaceScanner.Scanned scanned, long start) {
    NamespaceReport report =
        NamespaceReport.empty(name)
            .with(scanned.sockets(), owners.named(scanned.key(), scanned.sockets(), start));
    if (listeners != null) {
      listeners.trackers.scanned(scanned.key(), scanned.listeners(), start);
    }
    return counters == null || scanned.pid() == 0 || scanned.key() == NamespaceTracker.OWN
        ? report
        : report.with(counters.read(scanned.pid(), scanned.limits(), scanned.sockstat()));
  }

  private void forgetAllBut(NamespaceScanner.Result result, long start) {
    Set<Long> shown = namespaces.retain(result.alive(), start);
    found.keySet().retainAll(shown);
    owners.retain(shown);
    if (listeners != null) {
      listeners.trackers.retain(shown);
    }
  }

  private OptionalLong unlisted(NamespaceScanner.Result result) {
    return everyNamespace
        ? OptionalLong.of(result.unlisted() + namespaces.withoutPlace())
        : OptionalLong.empty();
  }

  private void showListeners(ListenerTrackers trackers) {
    found.replaceAll((key, namespace) -> namespace.with(trackers.figures(key)));
    owners.search(
        found.values().stream().flatMap(namespace -> namespace.listeners().stream()).toList());
    found.replaceAll((key, namespace) -> withNames(namespace));
  }

  private NamespaceReport withNames(NamespaceReport namespace) {
    return namespace
        .listeners()
        .map(figures -> namespace.with(owners.named(figures)))
        .orElse(namespace);
  }

  /** The listeners of the own namespace, where nothing else is scanned. */
  private ScanReport scanListeners(ScanReport latest, Listeners on) {
    long start = System.nanoTime();
    CollectorReport report =
        latest.collectors().getOrDefault(Collector.LISTENERS, CollectorReport.EMPTY);
    try {
      SourceUsed source =
          own.scanListeners(table -> on.trackers.scanned(NamespaceTracker.OWN, table, start));
      report = report.succeeded(source, System.nanoTime() - start);
    } catch (RuntimeException | Error e) {
      return latest.with(Collector.LISTENERS, report.failed(e, System.nanoTime() - start));
    }
    CollectorReport polls = on.sampler.collect();
    ListenerFigures figures = on.trackers.figures(NamespaceTracker.OWN);
    owners.search(List.of(figures));
    return latest
        .with(Collector.LISTENERS, sampled ? polls : report)
        .withOwn(latest.own().with(owners.named(figures)));
  }

  /** Those of the own namespace decide whether the collector has failed. */
  private static ScanReport withCounters(ScanReport latest, Supplier<NamespaceCounters> reader) {
    long start = System.nanoTime();
    NamespaceCounters own = reader.get();
    long nanos = System.nanoTime() - start;
    CollectorReport before =
        latest.collectors().getOrDefault(Collector.COUNTERS, CollectorReport.EMPTY);
    CollectorReport after =
        own.failure()
            .map(why -> before.failed(new ScanException(why), nanos))
            .orElseGet(() -> before.succeeded(SourceUsed.PROCFS, nanos));
    return latest.with(Collector.COUNTERS, after).withOwn(latest.own().with(own));
  }

  @Override
  public void close() {
    if (listeners != null) {
      listeners.sampler.close();
    }
  }
}
