package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Our node_exporter names beside node_exporter itself. */
@Tag("waits")
class NodeExporterIT {
  private static final String PATH = "/metrics/node-exporter";

  /** Requests of both have one length: what is not acknowledged yet is in a send queue. */
  private static final String PADDING = "X-Padding: -" + "-".repeat("/node-exporter".length());

  private static final String STATES = "node_tcp_connection_states{state=\"";
  private static final String RECEIVED = STATES + "rx_queued_bytes\"}";
  private static final String SENT = STATES + "tx_queued_bytes\"}";

  @TempDir private Path procfs;

  private static String ours(HttpExchange http) throws IOException {
    return http.get(PATH, "X-Padding: -").text();
  }

  private static String theirs(HttpExchange http) throws IOException {
    return http.get("/metrics", PADDING).text();
  }

  private void copyOfFixture(String name) throws IOException {
    Path from = RunningAgent.ROOT.resolve("src/test/resources/procfs").resolve(name);
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path to = procfs.resolve(from.relativize(file).toString());
        Files.createDirectories(to.getParent());
        Files.copy(file, to);
      }
    }
    Files.createDirectories(procfs.resolve("self"));
    Files.write(procfs.resolve("self/auxv"), Files.readAllBytes(Path.of("/proc/self/auxv")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"full", "old"})
  void ofOneProcfsBothSayTheSame(String fixture) throws Exception {
    copyOfFixture(fixture);
    String path = "--path.procfs=" + procfs;
    try (NetworkNamespace namespace = NetworkNamespace.create(1024);
        RunningAgent agent = RunningAgent.startIn(namespace, path, "--compat.node-exporter");
        NodeExporter peer = NodeExporter.startIn(namespace, path);
        HttpExchange http = new HttpExchange(namespace.connect(agent.port()));
        HttpExchange peerHttp = new HttpExchange(namespace.connect(peer.port()))) {
      String ours = ours(http);
      String theirs = theirs(peerHttp);

      for (String prefix : List.of("node_netstat_", "node_sockstat_")) {
        assertThat(MetricText.samples(ours, prefix))
            .isEqualTo(MetricText.samples(theirs, prefix))
            .hasSizeGreaterThan(9);
        assertThat(MetricText.descriptions(ours, prefix))
            .isEqualTo(MetricText.descriptions(theirs, prefix));
      }
    }
  }

  /** States that node_exporter leaves out where there is no socket, and its bytes that are none. */
  private static Map<String, Double> withoutOurImprovements(Map<String, Double> ours) {
    Map<String, Double> samples = new TreeMap<>(ours);
    samples.keySet().removeIf(name -> name.startsWith(STATES) && ours.get(name) == 0);
    double sent = 0;
    for (String state : List.of("syn_sent", "fin_wait1", "last_ack", "closing")) {
      sent += ours.get(STATES + state + "\"}");
    }
    // No program of the population reads: every FIN received is still in its queue.
    double received = 0;
    for (String state : List.of("close_wait", "last_ack", "closing")) {
      received += ours.get(STATES + state + "\"}");
    }
    samples.put(SENT, ours.get(SENT) + sent);
    samples.put(RECEIVED, ours.get(RECEIVED) + received);
    return samples;
  }

  private static String differences(
      Map<String, Double> before, Map<String, Double> theirs, Map<String, Double> after) {
    StringBuilder wrong = new StringBuilder();
    theirs.forEach(
        (name, value) -> {
          double low = Math.min(before.get(name), after.get(name));
          double high = Math.max(before.get(name), after.get(name));
          if (value < low || value > high) {
            wrong.append("%s: %s is not in %s..%s%n".formatted(name, value, low, high));
          }
        });
    return wrong.toString();
  }

  @Test
  void ofOneNamespaceBothSayTheSame() throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create(1024);
        RunningAgent agent =
            RunningAgent.startIn(namespace, "--scan.min-interval=0s", "--compat.node-exporter");
        NodeExporter peer = NodeExporter.startIn(namespace);
        HttpExchange http = new HttpExchange(namespace.connect(agent.port()));
        HttpExchange peerHttp = new HttpExchange(namespace.connect(peer.port()));
        Lab lab =
            Lab.in(
                namespace,
                "ipv4:established=11",
                "ipv6:established=12",
                "mapped:close_wait=13",
                "ipv4:syn_sent=14",
                "ipv6:syn_recv=15",
                "ipv4:fin_wait1=16",
                "ipv6:last_ack=17",
                "ipv4:closing=18",
                "ipv4:time_wait=19",
                "ipv4:listener=2,backlog=16,fill=5")) {
      assertThat(lab.sockets()).containsEntry("ipv4 syn_sent", 14L);
      String wrong = "never compared";
      // The memory of sockets is the host's, and timers and late ACKs move it and the counters.
      for (int i = 0; i < 100 && !wrong.isEmpty(); i++) {
        String before = ours(http);
        String theirs = theirs(peerHttp);
        String after = ours(http);
        for (String prefix :
            List.of("node_netstat_", "node_sockstat_", "node_tcp_", "node_uname_", "node_scrape")) {
          assertThat(MetricText.descriptions(before, prefix))
              .isEqualTo(MetricText.descriptions(theirs, prefix))
              .isNotEmpty();
        }
        Map<String, Double> peers = MetricText.samples(theirs, "node_");
        peers.keySet().removeIf(name -> name.startsWith("node_scrape_collector_duration"));
        peers.remove(peers.keySet().stream().filter(n -> n.contains("build")).findAny().get());
        Map<String, Double> first = withoutOurImprovements(MetricText.samples(before, "node_"));
        Map<String, Double> second = withoutOurImprovements(MetricText.samples(after, "node_"));
        assertThat(first.keySet()).containsAll(peers.keySet());
        assertThat(first).hasSize(peers.size() + 4); // and the durations
        wrong = differences(first, peers, second);
        TimeUnit.MILLISECONDS.sleep(wrong.isEmpty() ? 0 : 100);
      }
      assertThat(wrong).isEmpty();
    }
  }
}
