package io.synoptic.agent;

import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.synoptic.ListenerFigures;
import io.synoptic.ListenerGroup;
import io.synoptic.NamespaceReport;
import io.synoptic.ScanReport;
import io.synoptic.SocketSnapshot;
import io.synoptic.TcpState;
import java.util.List;
import java.util.Optional;

/** node_exporter's tcpstat collector, from our own snapshot. */
final class NodeTcpstat {
  private NodeTcpstat() {}

  /** None before the first good scan. */
  static List<MetricSnapshot> of(ScanReport report) {
    NamespaceReport own = report.own();
    return own.sockets().map(sockets -> of(sockets, own.listeners())).stream().toList();
  }

  private static MetricSnapshot of(SocketSnapshot counts, Optional<ListenerFigures> listeners) {
    GaugeSnapshot.Builder states =
        GaugeSnapshot.builder()
            .name("node_tcp_connection_states")
            .help("Number of connection states.");
    for (TcpState state : TcpState.values()) {
      states.dataPoint(point(state.label(), counts.sockets(state)));
    }
    // Without all listeners these two sums of node_exporter's aren't known.
    if (listeners.isPresent() && counts.unlistedListeners() == 0) {
      long received = counts.receiveQueueBytes();
      long sent = counts.sendQueueBytes();
      for (ListenerGroup group : listeners.get().groups()) {
        received += group.acceptQueueLength();
        sent += group.acceptQueueLimit().orElse(0);
      }
      states.dataPoint(point("rx_queued_bytes", received));
      states.dataPoint(point("tx_queued_bytes", sent));
    }
    return states.build();
  }

  private static GaugeSnapshot.GaugeDataPointSnapshot point(String state, long value) {
    return GaugeSnapshot.GaugeDataPointSnapshot.builder()
        .value(value)
        .labels(Labels.of("state", state))
        .build();
  }
}
