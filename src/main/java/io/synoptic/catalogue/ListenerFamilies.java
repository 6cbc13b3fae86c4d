package io.synoptic.catalogue;

import static io.synoptic.catalogue.MetricFamily.Kind.COUNTER;
import static io.synoptic.catalogue.MetricFamily.Kind.GAUGE;
import static io.synoptic.catalogue.MetricFamily.Kind.INFO;

import io.synoptic.Collector;
import io.synoptic.ListenerGroup;
import io.synoptic.NamespaceReport;
import io.synoptic.NetworkNamespace;
import io.synoptic.ScanReport;
import io.synoptic.TcpState;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.DoubleConsumer;

/** The metric families of the listeners, one row a group. */
final class ListenerFamilies {
  /** States in which a connection belongs to a listener, request sockets left out. */
  private static final List<TcpState> CONNECTION_STATES =
      List.of(
          TcpState.ESTABLISHED,
          TcpState.FIN_WAIT1,
          TcpState.FIN_WAIT2,
          TcpState.CLOSE_WAIT,
          TcpState.LAST_ACK,
          TcpState.CLOSING,
          TcpState.TIME_WAIT);

  static final List<MetricFamily> ALL =
      List.of(
          family(
              "sockets",
              GAUGE,
              "",
              "Listening sockets of the group; several with SO_REUSEPORT or SO_BINDTODEVICE.",
              (group, row) -> row.accept(group.sockets())),
          family(
              "accept.queue.length",
              GAUGE,
              "",
              "Connections that wait to be accepted by the program, summed over the group"
                  + " (sk_ack_backlog).",
              (group, row) -> row.accept(group.acceptQueueLength())),
          family(
              "accept.queue.limit",
              GAUGE,
              "",
              "Backlogs of the group, summed: what the program asked for, at most somaxconn"
                  + " (sk_max_ack_backlog). Each queue holds one more than its backlog.",
              (group, row) -> group.acceptQueueLimit().ifPresent(row::accept)),
          family(
              "accept.queue.utilization.ratio",
              GAUGE,
              "",
              "Of the group's fullest socket: length / (limit + 1), exactly 1 when full.",
              (group, row) -> group.acceptQueueUtilization().ifPresent(row)),
          family(
              "accept.queue.peak.utilization.ratio",
              GAUGE,
              "",
              "The highest utilization ratio of the last 60 seconds, as the sampler saw it.",
              (group, row) -> group.acceptQueuePeakUtilization().ifPresent(row)),
          family(
              "accept.queue.full",
              COUNTER,
              "seconds",
              "Time in which any socket of the group was full, as the sampler saw it.",
              (group, row) -> group.acceptQueueFullSeconds().ifPresent(row)),
          family(
              "accept.queue.utilization",
              COUNTER,
              "seconds",
              "The utilization ratio times the time it lasted: its rate is the mean.",
              (group, row) -> group.acceptQueueUtilizationSeconds().ifPresent(row)),
          family(
              "syn.queue.length",
              GAUGE,
              "",
              "Request sockets: connections to the group whose handshake has begun and not ended.",
              (group, row) -> group.synQueueLength().ifPresent(row::accept)),
          family(
              "syn.queue.limit",
              GAUGE,
              "",
              "Backlogs of the group, summed: each SYN queue holds one more. Without SYN cookies it"
                  + " is cut at 3/4 of tcp_max_syn_backlog as well.",
              (group, row) -> group.acceptQueueLimit().ifPresent(row::accept)),
          family(
              "drops",
              COUNTER,
              "",
              "What the group's sockets have dropped since the agent's start (sk_drops): connections"
                  + " that found a queue full, but repeated SYNs and ACKs and filtered segments as well.",
              (group, row) -> group.drops().ifPresent(row::accept)),
          new MetricFamily(
              "synoptic.tcp.listener.connections",
              GAUGE,
              "",
              "Connections of the group by state, request sockets left out.",
              List.of("address", "port", "state"),
              Collector.LISTENERS,
              ListenerFamilies::connections),
          new MetricFamily(
              "synoptic.tcp.listener.info",
              INFO,
              "",
              "The owner of each group: one row, of its first socket. A name that isn't known is empty.",
              List.of("address", "port", "unit", "container", "process"),
              Collector.LISTENERS,
              ListenerFamilies::info));

  private ListenerFamilies() {}

  private static MetricFamily family(
      String name,
      MetricFamily.Kind kind,
      String unit,
      String help,
      BiConsumer<ListenerGroup, DoubleConsumer> value) {
    return new MetricFamily(
        "synoptic.tcp.listener." + name,
        kind,
        unit,
        help,
        List.of("address", "port"),
        Collector.LISTENERS,
        (report, sink) ->
            groups(
                report,
                (netns, group) ->
                    value.accept(
                        group, known -> sink.row(netns, known, group.address(), group.port()))));
  }

  private static void groups(ScanReport report, BiConsumer<NetworkNamespace, ListenerGroup> rows) {
    for (NamespaceReport namespace : report.namespaces()) {
      namespace
          .listeners()
          .ifPresent(
              listeners ->
                  listeners.groups().forEach(group -> rows.accept(namespace.name(), group)));
    }
  }

  private static void info(ScanReport report, MetricFamily.Sink sink) {
    groups(
        report,
        (netns, group) ->
            sink.row(
                netns,
                1,
                group.address(),
                group.port(),
                group.owner().unit(),
                group.owner().container(),
                group.process()));
  }

  private static void connections(ScanReport report, MetricFamily.Sink sink) {
    groups(
        report,
        (netns, group) ->
            CONNECTION_STATES.forEach(
                state ->
                    group
                        .connections(state)
                        .ifPresent(
                            count ->
                                sink.row(
                                    netns, count, group.address(), group.port(), state.label()))));
  }
}
