package io.synoptic;

import static io.synoptic.MetricFamily.Kind.GAUGE;

import java.util.List;
import java.util.function.BiConsumer;

/** The metric families of all sockets, by state, by direction and by owner. */
final class SocketFamilies {
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
              (snapshot, sink) -> sink.row(snapshot.receiveQueueBytes())),
          data(
              "synoptic.tcp.send.queue",
              "bytes",
              "Bytes sent and not yet acknowledged, listeners left out (idiag_wqueue).",
              List.of(),
              (snapshot, sink) -> sink.row(snapshot.sendQueueBytes())),
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
              SocketFamilies::owners),
          data(
              "synoptic.tcp.busiest.destination.ports",
              "",
              "The most local ports in use from one address towards one destination; never too low,"
                  + " and with more than 2,048 destinations too high by a 2,049th of the sockets at"
                  + " most. connect fails when it reaches the ephemeral ports' limit.",
              List.of(),
              (snapshot, sink) -> snapshot.busiestDestinationPorts().ifPresent(sink::row)));

  private SocketFamilies() {}

  private static void sockets(SocketCounts snapshot, MetricFamily.Sink sink) {
    for (IpFamily family : IpFamily.ALL) {
      for (TcpState state : TcpState.ALL) {
        sink.row(snapshot.sockets(family, state), family.label(), state.label());
      }
    }
  }

  private static void outbound(SocketCounts snapshot, MetricFamily.Sink sink) {
    for (TcpState state : TcpState.ALL) {
      if (state != TcpState.LISTEN && state != TcpState.CLOSE) {
        snapshot.outbound(state).ifPresent(count -> sink.row(count, state.label()));
      }
    }
  }

  private static void owners(ScanReport report, MetricFamily.Sink sink) {
    for (OwnerConnections of : report.owners()) {
      for (TcpState state : of.states()) {
        sink.row(
            of.connections(state),
            of.owner().namespace(),
            of.owner().pod(),
            of.owner().unit(),
            of.owner().container(),
            of.direction().label(),
            state.label());
      }
    }
  }

  private static MetricFamily data(
      String name,
      String unit,
      String help,
      List<String> labels,
      BiConsumer<SocketCounts, MetricFamily.Sink> rows) {
    return new MetricFamily(
        name,
        GAUGE,
        unit,
        help,
        labels,
        Collector.SOCKETS,
        (report, sink) -> report.snapshot().ifPresent(counts -> rows.accept(counts, sink)));
  }
}
