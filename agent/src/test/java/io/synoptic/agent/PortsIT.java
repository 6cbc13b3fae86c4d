package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ServerSocket;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Local ports that connections from here hold. */
@Tag("waits")
class PortsIT {
  private static String metric(String name) {
    return "synoptic_tcp_" + name + "{namespace=\"\",netns=\"\",pod=\"\"}";
  }

  private static final String PATIENCE = "X-Prometheus-Scrape-Timeout-Seconds: 60";

  @ParameterizedTest
  @ValueSource(strings = {"sock_diag", "proc"})
  void thirtyThousandConnectionsToOneDestinationStandOutAmongAThousandOthers(String source)
      throws Exception {
    // Each of the others has a listener of its own, and so a destination.
    String[] populations =
        IntStream.range(0, 1000)
            .mapToObj(i -> "ipv4:listener=1,fill=1,port=" + (1024 + i))
            .toArray(String[]::new);
    try (NetworkNamespace namespace = NetworkNamespace.create(65536)) {
      namespace.set("net.ipv4.ip_local_port_range", "10000 65535");
      namespace.set("net.core.somaxconn", 40000);
      try (RunningAgent agent =
              RunningAgent.startIn(namespace, "--source=" + source, "--ports.top");
          Lab others = Lab.in(namespace, populations);
          ServerSocket server = namespace.call(() -> new ServerSocket(9000, 40000));
          Clients some = Clients.connect(namespace, 9000, 15000);
          Clients more = Clients.connect(namespace, 9000, 15000);
          HttpExchange http = new HttpExchange(namespace.connect(agent.port()))) {
        // On a busy machine proc takes longer than Prometheus' ten seconds.
        HttpExchange.Answer answer = http.get("/metrics", PATIENCE);

        assertThat(answer.sample(metric("busiest_destination_ports"))).isEqualTo(30000);
        assertThat(answer.sample(metric("busiest_destination_held_ports"))).isEqualTo(30000);
        assertThat(answer.sample(metric("ephemeral_ports_limit"))).isEqualTo(55536);
        assertThat(http.get("/ports", PATIENCE).text())
            .containsPattern("\n +30000 +0 +127\\.0\\.0\\.1 +127\\.0\\.0\\.1:9000\n");
        assertThat(List.of(some, more)).hasSize(2);
        assertThat(server.isBound()).isTrue();
        assertThat(others.sockets()).containsEntry("ipv4 established", 2000L);
      }
    }
  }
}
