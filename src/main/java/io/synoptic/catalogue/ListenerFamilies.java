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
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.BiConsumer;
import java.util.function.ToDoubleFunction;

/** The metric families of the listeners, one row a group. */
final class ListenerFamilies {
  /** Labels that name a group. */
  static final List<String> LABELS = List.of("address", "port");

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
              ListenerGroup::sockets),
          family(
              "accept.queue.length",
              GAUGE,
              "",
              "Connections that wait to be accepted by the program, summed over the group"
                  + " (sk_ack_backlog).",
              ListenerGroup::acceptQueueLength),
          family(
              "accept.queue.limit",
              GAUGE,
              "",
              "Backlogs of the group, summed: what the program asked for, at most somaxconn"
                  + " (sk_max_ack_backlog). Each queue holds one more than its backlog.",
              group -> orUnknown(group.acceptQueueLimit())),
          family(
              "accept.queue.utilization.ratio",
              GAUGE,
              "",
              "Of the group's fullest socket: length / (limit + 1), exactly 1 when full.",
              group -> orUnknown(group.acceptQueueUtilization())),
          family(
              "accept.queue.peak.utilization.ratio",
              GAUGE,
              "",
              "The highest utilization ratio of the last 60 seconds, as the sampler saw it.",
              group -> orUnknown(group.acceptQueuePeakUtilization())),
          family(
              "accept.queue.full",
              COUNTER,
              "seconds",
              "Time in which any socket of the group was full, as the sampler saw it.",
              group -> orUnknown(group.acceptQueueFullSeconds())),
          family(
              "accept.queue.utilization",
              COUNTER,
              "seconds",
              "The utilization ratio times the time it lasted: its rate is the mean.",
              group -> orUnknown(group.acceptQueueUtilizationSeconds())),
          // Micrometer knows a name without its unit: this one would be the gauge's.
          family(
              "accept.queue.length.seconds",
              COUNTER,
              "",
              "The length times the time it lasted: its rate by the rate of accepted connections is"
                  + " the mean time that one waits.",
              group -> orUnknown(group.acceptQueueLengthSeconds())),
          family(
              "syn.queue.length",
              GAUGE,
              "",
              "Request sockets: connections to the group whose handshake has begun and not ended.",
              group -> connections(group, TcpState.SYN_RECV)),
          family(
              "syn.queue.limit",
              GAUGE,
              "",
              "Backlogs of the group, summed: each SYN queue holds one more. Without SYN cookies it"
                  + " is cut at 3/4 of tcp_max_syn_backlog as well.",
              group -> orUnknown(group.acceptQueueLimit())),
          family(
              "syn.queue.utilization.ratio",
              GAUGE,
              "",
              "Of the group's socket with the fullest SYN queue: length / (limit + 1).",
              group -> orUnknown(group.synQueueUtilization())),
          family(
              "fast.open.queue.length",
              GAUGE,
              "",
              "Connections to the group that came with data (TCP Fast Open) and whose handshake has"
                  + " not ended; they wait in no SYN queue.",
              group -> orUnknown(group.fastOpenQueueLength())),
          family(
              "drops",
              COUNTER,
              "",
              "What the group's sockets have dropped since the agent's start (sk_drops): connections"
                  + " that found a queue full, but repeated SYNs and ACKs and filtered segments as well.",
              group -> orUnknown(group.drops())),
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

  static MetricFamily family(
      String name,
      MetricFamily.Kind kind,
      String unit,
      String help,
      ToDoubleFunction<ListenerGroup> value) {
    return new MetricFamily(
        "synoptic.tcp.listener." + name,
        kind,
        unit,
        help,
        LABELS,
        Collector.LISTENERS,
        (report, sink) -> {
          String[] labels = new String[2];
          groups(
              report,
              (netns, group) -> {
                double known = value.applyAsDouble(group);
                if (!Double.isNaN(known)) {
                  labels[0] = group.address();
                  labels[1] = group.port();
                  sink.row(netns, known, labels);
                }
              });
        });
  }

  /** No number: such a row is left out. */
  private static double orUnknown(OptionalLong value) {
    return value.isPresent() ? value.getAsLong() : Double.NaN;
  }

  private static double orUnknown(OptionalDouble value) {
    return value.orElse(Double.NaN);
  }

  private static double connections(ListenerGroup group, TcpState state) {
    return group.connections().isPresent() ? group.connections().get().get(state) : Double.NaN;
  }

  static void groups(ScanReport report, BiConsumer<NetworkNamespace, ListenerGroup> rows) {
    for (NamespaceReport namespace : report.namespaces()) {
      namespace
          .listeners()
          .ifPresent(
              listeners ->
                  listeners.groups().forEach(group -> rows.accept(namespace.name(), group)));
    }
  }

  private static void info(ScanReport report, MetricFamily.Sink sink) {
    String[] labels = new String[5];
    groups(
        report,
        (netns, group) -> {
          labels[0] = group.address();
          labels[1] = group.port();
          labels[2] = group.owner().unit();
          labels[3] = group.owner().container();
          labels[4] = group.process();
          sink.row(netns, 1, labels);
        });
  }

  private static void connections(ScanReport report, MetricFamily.Sink sink) {
    String[] labels = new String[3];
    for (TcpState state : CONNECTION_STATES) {
      labels[2] = state.label();
      groups(
          report,
          (netns, group) -> {
            if (group.connections().isPresent()) {
              labels[0] = group.address();
              labels[1] = group.port();
              sink.row(netns, connections(group, state), labels);
            }
          });
    }
  }
}
