package io.synoptic.catalogue;

import static io.synoptic.catalogue.MetricFamily.Kind.GAUGE;

import io.synoptic.CloseWaitAges;
import io.synoptic.Collector;
import io.synoptic.NamespaceReport;
import io.synoptic.NetworkNamespace;
import io.synoptic.ScanReport;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/** The metric families of connections in close_wait by age. */
final class CloseWaitFamilies {
  /** An age, as a label names it, and how many are older. */
  private record Age(String than, ToLongFunction<CloseWaitAges> older) {}

  private static final List<Age> AGES =
      List.of(
          new Age("1m", CloseWaitAges::overOneMinute),
          new Age("10m", CloseWaitAges::overTenMinutes),
          new Age("1h", CloseWaitAges::overOneHour));

  /** Takes ages, when the labels that say whose they are have been set. */
  private interface Ages {
    void take(NetworkNamespace netns, Optional<CloseWaitAges> ages);
  }

  /** Yields the ages of a report, and sets the labels before each. */
  private interface Reader {
    void read(ScanReport report, String[] labels, Ages ages);
  }

  /**
   * Two families.
   *
   * @param name what their names begin with
   * @param connections as their help has it
   * @param labels that say whose the ages are
   */
  private record Kind(
      String name, String connections, List<String> labels, Collector collector, Reader reader) {}

  private static final List<Kind> KINDS =
      List.of(
          new Kind(
              "synoptic.tcp.listener.close.wait.",
              "the group's connections in close_wait",
              ListenerFamilies.LABELS,
              Collector.LISTENERS,
              CloseWaitFamilies::listeners),
          new Kind(
              "synoptic.tcp.outbound.close.wait.",
              "outbound connections in close_wait",
              List.of(),
              Collector.SOCKETS,
              (report, labels, ages) -> outbound(report, ages)),
          new Kind(
              "synoptic.tcp.owner.close.wait.",
              "an owner's connections in close_wait",
              SocketFamilies.OWNER,
              Collector.SOCKETS,
              CloseWaitFamilies::owners));

  static final List<MetricFamily> ALL =
      KINDS.stream().flatMap(kind -> Stream.of(oldest(kind), older(kind))).toList();

  private CloseWaitFamilies() {}

  private static void listeners(ScanReport report, String[] labels, Ages ages) {
    ListenerFamilies.groups(
        report,
        (netns, group) -> {
          labels[0] = group.address();
          labels[1] = group.port();
          ages.take(netns, group.closeWait());
        });
  }

  private static void outbound(ScanReport report, Ages ages) {
    for (NamespaceReport namespace : report.namespaces()) {
      namespace
          .sockets()
          .ifPresent(sockets -> ages.take(namespace.name(), sockets.outboundCloseWait()));
    }
  }

  private static void owners(ScanReport report, String[] labels, Ages ages) {
    SocketFamilies.owners(
        report,
        (netns, of, names) -> {
          System.arraycopy(names, 0, labels, 0, names.length);
          ages.take(netns, of.closeWait());
        });
  }

  private static MetricFamily oldest(Kind kind) {
    return new MetricFamily(
        kind.name + "oldest",
        GAUGE,
        "seconds",
        "Time since the peer of the oldest of "
            + kind.connections
            + " last acknowledged anything, which came with its close; 0 if there is none.",
        kind.labels,
        kind.collector,
        (report, sink) -> {
          String[] labels = new String[kind.labels.size()];
          kind.reader.read(
              report,
              labels,
              (netns, ages) -> {
                if (ages.isPresent()) {
                  sink.row(netns, ages.get().oldest().toMillis() / 1e3, labels);
                }
              });
        });
  }

  private static MetricFamily older(Kind kind) {
    int than = kind.labels.size();
    return new MetricFamily(
        kind.name + "older.connections",
        GAUGE,
        "",
        "How many of "
            + kind.connections
            + " are older than a minute, ten minutes and an hour: each includes the next, do not"
            + " add.",
        Stream.concat(kind.labels.stream(), Stream.of("than")).toList(),
        kind.collector,
        (report, sink) -> {
          String[] labels = new String[than + 1];
          kind.reader.read(
              report,
              labels,
              (netns, ages) -> {
                for (int i = 0; ages.isPresent() && i < AGES.size(); i++) {
                  Age age = AGES.get(i);
                  labels[than] = age.than;
                  sink.row(netns, age.older.applyAsLong(ages.get()), labels);
                }
              });
        });
  }
}
