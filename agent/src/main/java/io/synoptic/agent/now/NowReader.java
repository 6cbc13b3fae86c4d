package io.synoptic.agent.now;

import io.synoptic.BuildInfo;
import io.synoptic.CloseWaitAges;
import io.synoptic.Collector;
import io.synoptic.CollectorReport;
import io.synoptic.IpFamily;
import io.synoptic.KernelCounter;
import io.synoptic.NamespaceCounters;
import io.synoptic.NamespaceReport;
import io.synoptic.NetworkNamespace;
import io.synoptic.OwnerConnections;
import io.synoptic.ScanReport;
import io.synoptic.SocketSnapshot;
import io.synoptic.SourceUsed;
import io.synoptic.StateCounts;
import io.synoptic.TcpState;
import io.synoptic.TimerCounts;
import io.synoptic.findings.Diagnosis;
import io.synoptic.findings.Finding;
import io.synoptic.findings.History;
import io.synoptic.findings.Severity;
import io.synoptic.findings.Subject;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes a {@link Now} of what a scanner reports and a history remembers. */
public final class NowReader {
  private final History history;
  private final Settings settings;

  /**
   * What is shown besides the figures.
   *
   * @param host the name of the machine
   * @param netns which network namespaces are read: own or all
   * @param showsDestinations whether addresses of peers may be shown
   * @param maxAge older figures are not judged, and not shown
   */
  public record Settings(String host, String netns, boolean showsDestinations, Duration maxAge) {}

  /** Reads reports that {@code history} has been fed with. */
  public NowReader(History history, Settings settings) {
    this.history = history;
    this.settings = settings;
  }

  /** Whether this report is too old to show its figures: then another document is made of it. */
  boolean isStale(ScanReport report) {
    return !report.isGood(settings.maxAge);
  }

  /**
   * What is known now.
   *
   * @param refreshSeconds from one scan to the next, at least
   */
  public Now read(ScanReport report, long refreshSeconds) {
    Diagnosis diagnosis = Diagnosis.of(report, history, settings.maxAge);
    Map<NetworkNamespace, Severity> worst = worst(diagnosis);
    Set<Collector> fresh = report.fresh(settings.maxAge);
    return new Now(
        Now.SCHEMA,
        new Now.Agent(BuildInfo.version(), BuildInfo.revision(), settings.host, settings.netns),
        scan(report.scan(), refreshSeconds),
        diagnosis.status().label(),
        diagnosis.findings().stream().map(NowReader::finding).toList(),
        diagnosis.unknown().stream().map(one -> new Now.Unknown(one.what(), one.why())).toList(),
        report.namespaces().stream()
            .map(namespace -> namespace(namespace, fresh, worst.get(namespace.name())))
            .toList(),
        nullable(report.unlistedNamespaces()));
  }

  private static Now.LastScan scan(CollectorReport scan, long refreshSeconds) {
    Optional<SourceUsed> source = scan.source();
    return new Now.LastScan(
        scan.takenAt().orElse(null),
        source.map(used -> used.source().label()).orElse(null),
        source.map(used -> used.reason().label()).orElse(null),
        source.isPresent() && source.get().reason().isFallback(),
        scan.failure().map(Throwable::getMessage).orElse(null),
        refreshSeconds);
  }

  private static Map<NetworkNamespace, Severity> worst(Diagnosis diagnosis) {
    Map<NetworkNamespace, Severity> worst = new HashMap<>();
    diagnosis
        .findings()
        .forEach(finding -> worst.putIfAbsent(finding.subject().namespace(), finding.severity()));
    return worst;
  }

  private static Now.Finding finding(Finding finding) {
    Subject subject = finding.subject();
    return new Now.Finding(
        finding.kind().label(),
        finding.severity().label(),
        new Now.Subject(
            subject.kind().label(),
            subject.namespace().netns(),
            subject.namespace().namespace(),
            subject.namespace().pod(),
            subject.address(),
            subject.port(),
            subject.owner().unit(),
            subject.owner().container(),
            subject.process()),
        finding.since().orElse(null),
        finding.summary(),
        finding.evidence().stream()
            .map(one -> new Now.Figure(one.name(), one.value(), one.unit().label(), one.metric()))
            .toList(),
        finding.meaning(),
        finding.actions().stream().map(one -> new Now.Action(one.text(), one.command())).toList(),
        finding.avoid(),
        finding.kind().symptom());
  }

  private Now.Namespace namespace(
      NamespaceReport report, Set<Collector> fresh, @Nullable Severity worst) {
    @Nullable SocketSnapshot sockets =
        fresh.contains(Collector.SOCKETS) ? report.sockets().orElse(null) : null;
    Optional<NamespaceCounters> counters =
        fresh.contains(Collector.COUNTERS) ? report.counters() : Optional.empty();
    NowListeners listeners = new NowListeners(report, fresh, history);
    return new Now.Namespace(
        report.name().netns(),
        report.name().namespace(),
        report.name().pod(),
        worst == null ? null : worst.label(),
        sockets == null ? null : states(sockets),
        sockets == null ? null : sockets.receiveQueueBytes(),
        sockets == null ? null : sockets.sendQueueBytes(),
        sockets == null ? null : nullable(sockets.orphans()),
        sockets == null ? null : outbound(sockets),
        sockets == null ? null : nullable(sockets.busiestDestinationPorts()),
        sockets == null || !settings.showsDestinations ? null : destinations(sockets),
        listeners.all(),
        listeners.folded(),
        sockets == null ? null : sockets.unlistedListeners(),
        sockets == null ? List.of() : report.owners().stream().map(NowReader::owner).toList(),
        counters.map(NowReader::counters).orElse(null),
        listeners.bothHandshakes());
  }

  private static Map<String, Now.State> states(SocketSnapshot sockets) {
    Map<String, Now.State> states = new LinkedHashMap<>();
    for (TcpState state : TcpState.ALL) {
      OptionalLong outbound =
          state == TcpState.LISTEN ? OptionalLong.empty() : sockets.outbound(state);
      states.put(
          state.label(),
          new Now.State(
              sockets.sockets(IpFamily.IPV4, state),
              sockets.sockets(IpFamily.IPV6, state),
              outbound.isPresent() ? sockets.sockets(state) - outbound.getAsLong() : null,
              nullable(outbound)));
    }
    return states;
  }

  private static Now.@Nullable Outbound outbound(SocketSnapshot sockets) {
    if (sockets.outbound(TcpState.ESTABLISHED).isEmpty()) {
      return null;
    }
    @Nullable TimerCounts timers = sockets.outboundTimers().orElse(null);
    return new Now.Outbound(
        timers == null ? null : timers.retransmitting(),
        timers == null ? null : timers.zeroWindow(),
        timers == null ? null : timers.repeatedSyn(),
        timers == null ? null : timers.keepalive(),
        oldest(sockets.outboundCloseWait()));
  }

  private static List<Now.Destination> destinations(SocketSnapshot sockets) {
    return sockets.destinations().stream()
        .map(
            to -> new Now.Destination(to.source(), to.address(), to.port(), to.ports(), to.error()))
        .toList();
  }

  private static Now.Owner owner(OwnerConnections owner) {
    return new Now.Owner(
        owner.owner().unit(),
        owner.owner().container(),
        owner.owner().namespace(),
        owner.owner().pod(),
        owner.direction().label(),
        connections(owner.connections()),
        owner.queues().receiveBytes(),
        owner.queues().sendBytes(),
        oldest(owner.closeWait()));
  }

  private static Map<String, Double> counters(NamespaceCounters counters) {
    Map<String, Double> values = new LinkedHashMap<>();
    for (KernelCounter counter : KernelCounter.ALL) {
      counters.value(counter).ifPresent(value -> values.put(counter.kernelName(), value));
    }
    return values;
  }

  /** Those states that have a connection. */
  static Map<String, Long> connections(StateCounts counts) {
    Map<String, Long> connections = new LinkedHashMap<>();
    for (TcpState state : TcpState.ALL) {
      if (counts.get(state) != 0) {
        connections.put(state.label(), counts.get(state));
      }
    }
    return connections;
  }

  /** Null if there is no connection in close_wait, or its age is not known. */
  static @Nullable Double oldest(Optional<CloseWaitAges> ages) {
    return ages.filter(known -> !known.oldest().isZero())
        .map(known -> known.oldest().toMillis() / 1e3)
        .orElse(null);
  }

  static @Nullable Long nullable(OptionalLong value) {
    return value.isPresent() ? value.getAsLong() : null;
  }

  static @Nullable Double nullable(OptionalDouble value) {
    return value.isPresent() ? value.getAsDouble() : null;
  }
}
