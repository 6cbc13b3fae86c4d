package io.synoptic.micrometer;

import io.synoptic.Collector;
import io.synoptic.IpFamily;
import io.synoptic.NamespaceReport;
import io.synoptic.NetworkNamespace;
import io.synoptic.ScanReport;
import io.synoptic.SocketSnapshot;
import io.synoptic.TcpState;
import io.synoptic.catalogue.MetricCatalogue;
import io.synoptic.catalogue.MetricFamily;
import java.util.List;
import java.util.Map;

/**
 * The catalogue under the names of OpenTelemetry's semantic conventions, where they have one:
 * {@code system.network.connection.count} alone. Every other family keeps its own name.
 */
final class OpenTelemetryNames {
  /**
   * Without the convention's unit, {@code {connection}}: Micrometer would make it a part of the
   * name in Prometheus.
   */
  private static final MetricFamily CONNECTIONS =
      new MetricFamily(
          "system.network.connection.count",
          MetricFamily.Kind.GAUGE,
          "",
          "TCP sockets by IP version and state, listeners included. syn_received are request sockets,"
              + " time_wait timewait sockets; closed is always 0, for such a socket is in no table.",
          List.of("network.transport", "network.type", "network.connection.state"),
          Collector.SOCKETS,
          OpenTelemetryNames::connections);

  /** What replaces a family of the catalogue, by that family's name. */
  static final Map<String, MetricFamily> REPLACEMENTS = Map.of("synoptic.tcp.sockets", CONNECTIONS);

  private OpenTelemetryNames() {}

  /** Every family of the catalogue once, in its order. */
  static List<MetricFamily> families() {
    return MetricCatalogue.families().stream()
        .map(family -> REPLACEMENTS.getOrDefault(family.name(), family))
        .toList();
  }

  private static void connections(ScanReport report, MetricFamily.Sink sink) {
    for (NamespaceReport namespace : report.namespaces()) {
      namespace.sockets().ifPresent(sockets -> connections(namespace.name(), sockets, sink));
    }
  }

  private static void connections(
      NetworkNamespace netns, SocketSnapshot sockets, MetricFamily.Sink sink) {
    for (IpFamily family : IpFamily.ALL) {
      for (TcpState state : TcpState.ALL) {
        sink.row(netns, sockets.sockets(family, state), "tcp", type(family), state(state));
      }
    }
  }

  /** A value of {@code network.type}. */
  private static String type(IpFamily family) {
    return switch (family) {
      case IPV4 -> "ipv4";
      case IPV6 -> "ipv6";
    };
  }

  /** A value of {@code network.connection.state}, where not all are the kernel's names. */
  private static String state(TcpState state) {
    return switch (state) {
      case ESTABLISHED -> "established";
      case SYN_SENT -> "syn_sent";
      case SYN_RECV -> "syn_received";
      case FIN_WAIT1 -> "fin_wait_1";
      case FIN_WAIT2 -> "fin_wait_2";
      case TIME_WAIT -> "time_wait";
      case CLOSE -> "closed";
      case CLOSE_WAIT -> "close_wait";
      case LAST_ACK -> "last_ack";
      case LISTEN -> "listen";
      case CLOSING -> "closing";
    };
  }
}
