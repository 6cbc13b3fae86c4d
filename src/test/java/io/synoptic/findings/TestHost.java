package io.synoptic.findings;

import io.synoptic.Collector;
import io.synoptic.CollectorReport;
import io.synoptic.HandshakeFigures;
import io.synoptic.KernelCounter;
import io.synoptic.ListenerFigures;
import io.synoptic.ListenerGroup;
import io.synoptic.NamespaceCounters;
import io.synoptic.NamespaceReport;
import io.synoptic.NetworkNamespace;
import io.synoptic.OwnerConnections;
import io.synoptic.Rejection;
import io.synoptic.ScanBudget;
import io.synoptic.ScanReport;
import io.synoptic.SocketSnapshot;
import io.synoptic.Source;
import io.synoptic.SourceReason;
import io.synoptic.SourceUsed;
import io.synoptic.testing.TestClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** A host whose figures a test sets, with a history that sees each scan. */
final class TestHost {
  static final Duration MAX_AGE = Duration.ofMinutes(2);

  /** How scans keep within their CPU time. */
  Optional<ScanBudget> budget = Optional.empty();

  private static final SourceUsed SOCK_DIAG =
      new SourceUsed(Source.SOCK_DIAG, SourceReason.BEST, "");

  /** One network namespace of it. */
  static final class Namespace {
    final Map<KernelCounter, Double> counters = new EnumMap<>(KernelCounter.class);
    final Map<String, TestGroup> groups = new LinkedHashMap<>();
    final List<OwnerConnections> owners = new ArrayList<>();
    final List<HandshakeFigures.OfOwner> connects = new ArrayList<>();
    SocketSnapshot.Builder sockets = SocketSnapshot.builder();
    boolean hasHandshakes = true;
    Duration age = Duration.ZERO;
    OptionalDouble observed = OptionalDouble.of(0);

    /** A healthy one. */
    private Namespace() {
      counters.put(KernelCounter.SOMAXCONN, 4096.0);
      counters.put(KernelCounter.SYNCOOKIES_MODE, 1.0);
      counters.put(KernelCounter.EPHEMERAL_PORTS, 28_232.0);
      counters.put(KernelCounter.TIME_WAIT_BUCKETS, 10.0);
      counters.put(KernelCounter.TIME_WAIT_BUCKETS_LIMIT, 1000.0);
      counters.put(KernelCounter.ORPHANS, 1.0);
      counters.put(KernelCounter.MAX_ORPHANS, 1000.0);
      counters.put(KernelCounter.MEMORY, 1e6);
      counters.put(KernelCounter.MEMORY_PRESSURE, 1e9);
      counters.put(KernelCounter.MEMORY_LIMIT, 2e9);
      for (KernelCounter counter :
          List.of(
              KernelCounter.LISTEN_OVERFLOWS,
              KernelCounter.REQ_Q_FULL_DROP,
              KernelCounter.SYNCOOKIES_SENT,
              KernelCounter.SYNCOOKIES_RECV,
              KernelCounter.ATTEMPT_FAILS,
              KernelCounter.ACTIVE_OPENS,
              KernelCounter.OUT_SEGS,
              KernelCounter.RETRANS_SEGS,
              KernelCounter.SYN_RETRANS,
              KernelCounter.TIME_WAIT_OVERFLOW,
              KernelCounter.ABORT_ON_MEMORY)) {
        counters.put(counter, 5000.0);
      }
    }

    void set(KernelCounter counter, double value) {
      counters.put(counter, value);
    }

    void add(KernelCounter counter, double more) {
      counters.merge(counter, more, Double::sum);
    }

    TestGroup listener(int port) {
      return groups.computeIfAbsent(
          "0.0.0.0:" + port, missing -> new TestGroup("0.0.0.0", Integer.toString(port)));
    }

    private NamespaceReport report(NetworkNamespace name) {
      NamespaceReport report =
          NamespaceReport.empty(name)
              .with(sockets.takenAt(Instant.now().minus(age)).build(), owners)
              .with(
                  new ListenerFigures(
                      groups.values().stream().map(TestGroup::group).toList(), 0, observed))
              .with(new NamespaceCounters(counters, List.of()));
      return hasHandshakes ? report.with(new HandshakeFigures(List.of(), connects)) : report;
    }
  }

  final TestClock clock = new TestClock();

  final History history = new History(clock);
  final Map<NetworkNamespace, Namespace> namespaces = new LinkedHashMap<>();
  SourceUsed source = SOCK_DIAG;
  private Map<Collector, CollectorReport> collectors = new EnumMap<>(Collector.class);
  ScanReport report;

  /** A healthy one with the own namespace alone. */
  TestHost() {
    for (Collector collector : Collector.values()) {
      collectors.put(collector, CollectorReport.EMPTY);
    }
    namespaces.put(NetworkNamespace.OWN, new Namespace());
    report = ScanReport.empty(collectors.keySet());
  }

  /** One that was looked at once. */
  static TestHost known() {
    TestHost host = new TestHost();
    host.scan();
    return host;
  }

  Namespace own() {
    return namespaces.get(NetworkNamespace.OWN);
  }

  Namespace namespace(String netns) {
    return namespaces.computeIfAbsent(
        new NetworkNamespace(netns, "", ""), missing -> new Namespace());
  }

  void without(Collector collector) {
    collectors.remove(collector);
  }

  /** A second has passed since the last scan. */
  Diagnosis scan() {
    return scan(Duration.ofSeconds(1));
  }

  /** So much time has passed since the last scan; the sampler saw all of it. */
  Diagnosis scan(Duration passed) {
    clock.advance(passed);
    collectors.replaceAll((collector, last) -> last.succeeded(source, 1));
    List<NamespaceReport> reports = new ArrayList<>();
    namespaces.forEach(
        (name, namespace) -> {
          if (namespace.observed.isPresent()) {
            namespace.observed =
                OptionalDouble.of(namespace.observed.getAsDouble() + passed.toMillis() / 1e3);
          }
          reports.add(namespace.report(name));
        });
    report =
        new ScanReport(
            collectors,
            reports,
            OptionalLong.empty(),
            1,
            0,
            new EnumMap<>(Map.of(Rejection.SENDER, 0L)),
            Optional.empty(),
            budget);
    history.add(report);
    return diagnosis();
  }

  /** A scan that fails after so much time. */
  Diagnosis fail(Duration passed) {
    clock.advance(passed);
    report = report.failed(new IllegalStateException("refused"), 1);
    history.add(report);
    return diagnosis();
  }

  Diagnosis diagnosis() {
    return Diagnosis.of(report, history, MAX_AGE);
  }

  ListenerGroup group(int port) {
    return own().listener(port).group();
  }

  History.Memory memory(int port) {
    return history.listener(NetworkNamespace.OWN, "0.0.0.0", Integer.toString(port));
  }
}
