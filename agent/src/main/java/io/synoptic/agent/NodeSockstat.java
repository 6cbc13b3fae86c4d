package io.synoptic.agent;

import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.synoptic.internal.procfs.NameValueText;
import io.synoptic.internal.procfs.PageSize;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** node_exporter's sockstat collector: {@code net/sockstat} and {@code net/sockstat6}. */
final class NodeSockstat {
  private static final Set<String> NAMES =
      Set.of("inuse", "orphan", "tw", "alloc", "mem", "memory");

  private NodeSockstat() {}

  /** Reads all metrics, or none. */
  static List<MetricSnapshot> read(Path procfs, PageSize pageSize) throws IOException {
    List<MetricSnapshot> metrics = new ArrayList<>();
    long size = pageSize.bytes();
    NameValueText.Sink sink =
        (protocol, name, value) -> {
          if (protocol.equals("sockets")) {
            metrics.add(gauge("sockets_used", "Number of IPv4 sockets in use.", value));
            return;
          }
          metrics.add(gauge(protocol, name, help(protocol, name), value));
          if (name.equals("mem")) {
            String bytes = "mem_bytes";
            metrics.add(gauge(protocol, bytes, help(protocol, bytes), value * size));
          }
        };
    for (String file : List.of("net/sockstat", "net/sockstat6")) {
      try {
        NameValueText.readPairs(
            procfs.resolve(file),
            protocol -> protocol.equals("sockets") ? "used"::equals : NAMES::contains,
            sink);
      } catch (NoSuchFileException e) {
        // a kernel without this IP version
      }
    }
    return metrics;
  }

  private static String help(String protocol, String name) {
    return "Number of " + protocol + " sockets in state " + name + ".";
  }

  private static GaugeSnapshot gauge(String protocol, String name, String help, double value) {
    return gauge(protocol + "_" + name, help, value);
  }

  private static GaugeSnapshot gauge(String name, String help, double value) {
    return GaugeSnapshot.builder()
        .name("node_sockstat_" + name)
        .help(help)
        .dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder().value(value).build())
        .build();
  }
}
