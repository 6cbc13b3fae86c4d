package io.synoptic.catalogue;

import static io.synoptic.catalogue.MetricFamily.Kind.COUNTER;
import static io.synoptic.catalogue.MetricFamily.Kind.GAUGE;
import static io.synoptic.catalogue.MetricFamily.Kind.INFO;
import static io.synoptic.catalogue.MetricFamily.Kind.SUMMARY;

import io.synoptic.BuildInfo;
import io.synoptic.Collector;
import io.synoptic.CollectorReport;
import io.synoptic.HandshakeHealth;
import io.synoptic.ListenerFigures;
import io.synoptic.NetworkNamespace;
import io.synoptic.Rejection;
import io.synoptic.ScanBudget;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** The metric families of Synoptic's own health. */
final class HealthFamilies {
  static final List<MetricFamily> ALL =
      List.of(
          health(
              "synoptic.build.info",
              INFO,
              "",
              "The version of Synoptic, the commit it was built from, and the Java it runs on.",
              List.of("version", "revision", "java_version"),
              (report, sink) ->
                  sink.row(1, BuildInfo.version(), BuildInfo.revision(), BuildInfo.javaVersion())),
          health(
              "synoptic.source.info",
              INFO,
              "",
              "Where a collector reads the sockets from, and why from there.",
              List.of("collector", "source", "reason"),
              collectors(
                  (collector, report, sink) ->
                      report
                          .source()
                          .ifPresent(
                              used ->
                                  sink.row(
                                      1,
                                      collector,
                                      used.source().label(),
                                      used.reason().label())))),
          health(
              "synoptic.source.fallback",
              GAUGE,
              "",
              "1 if a collector reads from a source that is not the best one, else 0.",
              List.of("collector"),
              collectors(
                  (collector, report, sink) ->
                      report
                          .source()
                          .ifPresent(
                              used -> sink.row(used.reason().isFallback() ? 1 : 0, collector)))),
          health(
              "synoptic.scan.success",
              GAUGE,
              "",
              "1 if a collector's last scan succeeded, 0 if it failed.",
              List.of("collector"),
              collectors(
                  (collector, report, sink) ->
                      sink.row(report.failure().isPresent() ? 0 : 1, collector))),
          health(
              "synoptic.scan.duration",
              SUMMARY,
              "seconds",
              "Scans of a collector and the time they took, failed ones included. Those of"
                  + " listeners are of the listeners alone.",
              List.of("collector"),
              collectors(
                  (collector, report, sink) ->
                      sink.row(
                          NetworkNamespace.OWN, report.scans(), report.scanSeconds(), collector))),
          health(
              "synoptic.scan.cpu",
              COUNTER,
              "seconds",
              "CPU time that scans took, without what has a budget of its own"
                  + " (--netns.cpu-budget).",
              List.of(),
              budget(ScanBudget::cpuSeconds)),
          health(
              "synoptic.postponed.scans",
              COUNTER,
              "",
              "Scans that were requested and did not start, because scans would have taken more of a"
                  + " core than --scan.cpu-budget; the request got the last figures.",
              List.of(),
              budget(ScanBudget::postponedScans)),
          health(
              "synoptic.scan.interval",
              GAUGE,
              "seconds",
              "How far apart scans are on average, because of --scan.cpu-budget; 0 if none was"
                  + " postponed within ten minutes.",
              List.of(),
              budget(budget -> budget.interval().toNanos() / 1e9)),
          health(
              "synoptic.last.successful.scan.timestamp",
              GAUGE,
              "seconds",
              "When a collector's last good scan ended, in seconds since 1970.",
              List.of("collector"),
              collectors(
                  (collector, report, sink) ->
                      report
                          .takenAt()
                          .ifPresent(time -> sink.row(time.toEpochMilli() / 1e3, collector)))),
          health(
              "synoptic.scanned.sockets",
              COUNTER,
              "",
              "Sockets counted by all good scans together.",
              List.of(),
              (report, sink) -> sink.row(report.scannedSockets())),
          health(
              "synoptic.duplicate.sockets",
              COUNTER,
              "",
              "Sockets that the kernel named twice in one scan; they are counted once.",
              List.of(),
              (report, sink) -> sink.row(report.duplicateSockets())),
          health(
              "synoptic.rejected.messages",
              COUNTER,
              "",
              "Netlink messages that were not believed: not from the kernel (sender), or the answer"
                  + " to another request (sequence) or for another socket (portid). Through bpf,"
                  + " sockets and processes that changed while they were read (record), and hash"
                  + " chains of more than 16,000 sockets, the rest of which is not counted (chain).",
              List.of("reason"),
              (report, sink) ->
                  Rejection.ALL.forEach(
                      reason -> sink.row(report.rejectedMessages(reason), reason.label()))),
          health(
              "synoptic.sockstat.difference.sockets",
              GAUGE,
              "",
              "What the kernel's own count says (inuse and tw of /proc/net/sockstat and sockstat6)"
                  + " less what the last scan found, request sockets left out; 0 at rest.",
              List.of(),
              (report, sink) -> {
                if (report.scan().failure().isEmpty()) {
                  report
                      .own()
                      .sockets()
                      .ifPresent(s -> s.sockstatDifference().ifPresent(sink::row));
                }
              }),
          health(
              "synoptic.listener.observed",
              COUNTER,
              "seconds",
              "Time the sampler observed: between two reads of the accept queues at most a"
                  + " second apart.",
              List.of(),
              (report, sink) ->
                  report
                      .own()
                      .listeners()
                      .ifPresent(l -> l.observedSeconds().ifPresent(sink::row))),
          health(
              "synoptic.folded.listeners",
              GAUGE,
              "",
              "Listening sockets that are now in the group other, because --listener.max is reached.",
              List.of(),
              (report, sink) -> {
                if (report.own().listeners().isPresent()) {
                  sink.row(
                      report.namespaces().stream()
                          .flatMap(namespace -> namespace.listeners().stream())
                          .mapToLong(ListenerFigures::foldedListeners)
                          .sum());
                }
              }),
          health(
              "synoptic.unlisted.namespaces",
              GAUGE,
              "",
              "Network namespaces without series: the last scan had no room, or the limit is reached"
                  + " (--netns.max), with --netns=all.",
              List.of(),
              (report, sink) -> report.unlistedNamespaces().ifPresent(sink::row)),
          health(
              "synoptic.handshakes.attached",
              GAUGE,
              "",
              "1 if the program that counts handshakes is attached, 0 if not, with the reason.",
              List.of("reason"),
              (report, sink) ->
                  report
                      .handshakes()
                      .ifPresent(of -> sink.row(of.isAttached() ? 1 : 0, of.reason().label()))),
          health(
              "synoptic.handshakes.missed.events",
              COUNTER,
              "",
              "Changes of a socket's state that the program has not counted, because it ran already"
                  + " on that CPU (recursion_misses).",
              List.of(),
              handshakes(of -> of.missedEvents().orElse(Double.NaN))),
          health(
              "synoptic.handshakes.folded.events",
              COUNTER,
              "",
              "Opened, closed and failed connections that are known of no group or owner: the program's"
                  + " map was full, or no scan had shown their listener yet.",
              List.of(),
              handshakes(HandshakeHealth::foldedEvents)));

  private HealthFamilies() {}

  private static MetricFamily health(
      String name,
      MetricFamily.Kind kind,
      String unit,
      String help,
      List<String> labels,
      MetricFamily.Rows rows) {
    return new MetricFamily(name, kind, unit, help, labels, null, rows);
  }

  private static MetricFamily.Rows handshakes(ToDoubleFunction<HandshakeHealth> value) {
    return (report, sink) ->
        report
            .handshakes()
            .filter(HandshakeHealth::isAttached)
            .map(value::applyAsDouble)
            .filter(known -> !known.isNaN())
            .ifPresent(sink::row);
  }

  private static MetricFamily.Rows budget(ToDoubleFunction<ScanBudget> value) {
    return (report, sink) -> report.budget().map(value::applyAsDouble).ifPresent(sink::row);
  }

  /** Yields the rows of one collector. */
  private interface CollectorRows {
    void read(String collector, CollectorReport report, MetricFamily.Sink sink);
  }

  private static MetricFamily.Rows collectors(CollectorRows rows) {
    return (report, sink) -> {
      for (Collector collector : Collector.values()) {
        report.collector(collector).ifPresent(of -> rows.read(collector.label(), of, sink));
      }
    };
  }
}
