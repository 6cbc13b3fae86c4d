package io.synoptic.agent;

import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.synoptic.Listener;
import io.synoptic.SocketSnapshot;
import io.synoptic.TcpState;
import java.util.List;

/** node_exporter's tcpstat collector, from our own snapshot. */
final class NodeTcpstat {
  private NodeTcpstat() {}

  static List<MetricSnapshot> of(SocketSnapshot snapshot) {
    GaugeSnapshot.Builder states =
        GaugeSnapshot.builder()
            .name("node_tcp_connection_states")
            .help("Number of connection states.");
    for (TcpState state : TcpState.values()) {
      states.dataPoint(point(state.label(), snapshot.sockets(state)));
    }
    // Without all listeners these two sums of node_exporter's aren't known.
    if (snapshot.unlistedListeners() == 0) {
      long received = snapshot.receiveQueueBytes();
      long sent = snapshot.sendQueueBytes();
      for (Listener listener : snapshot.listeners()) {
        received += listener.acceptQueueLength();
        sent += listener.acceptQueueLimit().orElse(0);
      }
      states.dataPoint(point("rx_queued_bytes", received));
      states.dataPoint(point("tx_queued_bytes", sent));
    }
    return List.of(states.build());
  }

  private static GaugeSnapshot.GaugeDataPointSnapshot point(String state, long value) {
    return GaugeSnapshot.GaugeDataPointSnapshot.builder()
        .value(value)
        .labels(Labels.of("state", state))
        .build();
  }
}
