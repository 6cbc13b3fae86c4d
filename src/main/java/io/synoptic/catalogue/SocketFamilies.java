package io.synoptic.catalogue;

import static io.synoptic.catalogue.MetricFamily.Kind.GAUGE;

import io.synoptic.Collector;
import io.synoptic.IpFamily;
import io.synoptic.NamespaceReport;
import io.synoptic.NetworkNamespace;
import io.synoptic.OwnerConnections;
import io.synoptic.QueueCounts;
import io.synoptic.ScanReport;
import io.synoptic.SocketSnapshot;
import io.synoptic.TcpState;
import java.util.List;
import java.util.function.ToLongFunction;

/** The metric families of all sockets, by state, by direction and by owner. */
final class SocketFamilies {
  /** Labels that name an owner's connections; the first two are its own in place of others'. */
  static final List<String> OWNER = List.of("namespace", "pod", "unit", "container", "direction");

  static final List<MetricFamily> ALL =
      List.of(
          data(
              "synoptic.tcp.sockets",
              "",
              "TCP sockets by IP family and kernel state. syn_recv are request sockets, time_wait"
                  + " timewait sockets; close is always 0, for such a socket is in no table.",
              List.of("family", "state"),
              SocketFamilies::sockets),
          data(
              "synoptic.tcp.receive.queue",
              "bytes",
              "Bytes received and not yet read by a program, listeners left out (idiag_rqueue).",
              List.of(),
              (netns, counts, sink) -> sink.row(netns, counts.receiveQueueBytes())),
          data(
              "synoptic.tcp.send.queue",
              "bytes",
              "Bytes sent and not yet acknowledged, listeners left out (idiag_wqueue).",
              List.of(),
              (netns, counts, sink) -> sink.row(netns, counts.sendQueueBytes())),
          data(
              "synoptic.tcp.outbound.connections",
              "",
              "Connections by state that belong to no listener: this host's own, for the most"
                  + " part.",
              List.of("state"),
              SocketFamilies::outbound),
          new MetricFamily(
              "synoptic.tcp.owner.connections",
              GAUGE,
              "",
              "Connections by the cgroup in which the socket was opened, by direction and state."
                  + " Request and timewait sockets have no owner: all names are empty.",
              List.of("namespace", "pod", "unit", "container", "direction", "state"),
              Collector.SOCKETS,
              SocketFamilies::connections),
          owned(
              "receive.queue",
              "bytes",
              "Bytes that an owner's connections have received and not yet read (idiag_rqueue).",
              queues -> queues.receiveBytes()),
          owned(
              "receive.queue.connections",
              "",
              "An owner's connections with any byte that is not yet read.",
              queues -> queues.receiveConnections()),
          owned(
              "send.queue",
              "bytes",
              "Bytes that an owner's connections have sent and that are not yet acknowledged"
                  + " (idiag_wqueue).",
              queues -> queues.sendBytes()),
          owned(
              "send.queue.connections",
              "",
              "An owner's connections with any byte that is not yet acknowledged.",
              queues -> queues.sendConnections()),
          data(
              "synoptic.tcp.orphans",
              "",
              "Connections that no program holds open any more, before the peer has closed too:"
                  + " in fin_wait1, fin_wait2, last_ack and closing; timewait sockets left out.",
              List.of(),
              (netns, counts, sink) ->
                  counts.orphans().ifPresent(orphans -> sink.row(netns, orphans))),
          data(
              "synoptic.tcp.busiest.destination.ports",
              "",
              "The most local ports in use from one address towards one destination; never too low,"
                  + " and with more than 2,048 destinations too high by a 2,049th of the sockets at"
                  + " most.",
              List.of(),
              (netns, counts, sink) ->
                  counts.busiestDestinationPorts().ifPresent(ports -> sink.row(netns, ports))),
          new MetricFamily(
              "synoptic.tcp.busiest.destination.held.ports",
              GAUGE,
              "",
              "The most local ports from one address towards one destination that a new connection"
                  + " can't have: without those in time_wait that it may take"
                  + " (net.ipv4.tcp_tw_reuse). connect fails when it reaches the ephemeral ports'"
                  + " limit.",
              List.of(),
              Collector.SOCKETS,
              (report, sink) ->
                  report
                      .namespaces()
                      .forEach(
                          namespace ->
                              namespace
                                  .heldDestinationPorts()
                                  .ifPresent(ports -> sink.row(namespace.name(), ports)))),
          data(
              "synoptic.netns.last.scan.timestamp",
              "seconds",
              "When the sockets of a network namespace other than the agent's own were last read,"
                  + " in seconds since 1970.",
              List.of(),
              SocketFamilies::lastScan));

  private SocketFamilies() {}

  /** Yields the rows of one namespace. */
  interface CountRows {
    void read(NetworkNamespace netns, SocketSnapshot counts, MetricFamily.Sink sink);
  }

  private static void sockets(
      NetworkNamespace netns, SocketSnapshot counts, MetricFamily.Sink sink) {
    for (IpFamily family : IpFamily.ALL) {
      for (TcpState state : TcpState.ALL) {
        sink.row(netns, counts.sockets(family, state), family.label(), state.label());
      }
    }
  }

  private static void outbound(
      NetworkNamespace netns, SocketSnapshot counts, MetricFamily.Sink sink) {
    for (TcpState state : TcpState.ALL) {
      if (state != TcpState.LISTEN && state != TcpState.CLOSE) {
        counts.outbound(state).ifPresent(count -> sink.row(netns, count, state.label()));
      }
    }
  }

  private static void lastScan(
      NetworkNamespace netns, SocketSnapshot counts, MetricFamily.Sink sink) {
    if (!netns.equals(NetworkNamespace.OWN)) {
      sink.row(netns, counts.takenAt().toEpochMilli() / 1e3);
    }
  }

  private static void connections(ScanReport report, MetricFamily.Sink sink) {
    String[] withState = new String[OWNER.size() + 1];
    owners(
        report,
        (netns, of, labels) -> {
          System.arraycopy(labels, 0, withState, 0, labels.length);
          for (TcpState state : of.states()) {
            withState[labels.length] = state.label();
            sink.row(netns, of.connections(state), withState);
          }
        });
  }

  /** What is in the queues of an owner's connections. */
  private static MetricFamily owned(
      String name, String unit, String help, ToLongFunction<QueueCounts> value) {
    return new MetricFamily(
        "synoptic.tcp.owner." + name,
        GAUGE,
        unit,
        help,
        OWNER,
        Collector.SOCKETS,
        (report, sink) ->
            owners(
                report,
                (netns, of, labels) -> sink.row(netns, value.applyAsLong(of.queues()), labels)));
  }

  /** Takes owners with the values of the labels {@link #OWNER}, in an array that is used again. */
  interface OwnerRows {
    void take(NetworkNamespace netns, OwnerConnections of, String[] labels);
  }

  static void owners(ScanReport report, OwnerRows rows) {
    String[] labels = new String[OWNER.size()];
    for (NamespaceReport namespace : report.namespaces()) {
      for (OwnerConnections of : namespace.owners()) {
        name(of, labels);
        rows.take(namespace.name(), of, labels);
      }
    }
  }

  private static void name(OwnerConnections of, String[] labels) {
    labels[0] = of.owner().namespace();
    labels[1] = of.owner().pod();
    labels[2] = of.owner().unit();
    labels[3] = of.owner().container();
    labels[4] = of.direction().label();
  }

  static MetricFamily data(
      String name, String unit, String help, List<String> labels, CountRows rows) {
    return new MetricFamily(
        name,
        GAUGE,
        unit,
        help,
        labels,
        Collector.SOCKETS,
        (report, sink) ->
            report
                .namespaces()
                .forEach(
                    namespace ->
                        namespace
                            .sockets()
                            .ifPresent(counts -> rows.read(namespace.name(), counts, sink))));
  }
}
