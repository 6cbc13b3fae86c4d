package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A pod as kubelet makes one: two containers with a network namespace in common and all else their
 * own, an application and the agent; and what a Prometheus makes of it that the operator has
 * configured from the shipped PodMonitors.
 */
@Tag("waits")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class PodIT {
  private static final int PORT = 10119;

  @TempDir Path folder;

  private OciImage image;
  private NetworkNamespace network;
  private Container application;
  private Container agent;

  @BeforeAll
  void start(@TempDir Path unpacked) throws Exception {
    image = OciImage.built(unpacked);
    network = NetworkNamespace.create(1024);
    List<String> population =
        List.of(
            "/tcplab",
            "--for=110",
            "ipv4:listener=1,backlog=16,fill=5,port=8080",
            "ipv4:established=20",
            "ipv6:close_wait=7");
    application =
        Container.run(image, network, List.of(Path.of(RunningAgent.built("tcplab"))), population);
    application.awaitLine("ready");
    agent = Container.run(image, network, "--scan.min-interval=0s", "--scan.cpu-budget=off");
    agent.awaitLine("Synoptic answers at ");
  }

  @AfterAll
  void end() throws Exception {
    Closing.all(agent, application, network);
  }

  @Test
  void besideTheApplicationTheFiguresAreThoseOfSs() throws Exception {
    try (HttpExchange http = new HttpExchange(network.connect(PORT))) {
      String text = http.get("/metrics").text();
      // Connections of a test before this one may end between the two.
      for (int i = 0; i < 50 && !areThoseOfSs(text); i++) {
        TimeUnit.MILLISECONDS.sleep(100);
        text = http.get("/metrics").text();
      }

      assertThat(SocketCounts.fromMetrics(text)).isEqualTo(SocketCounts.fromSs(network));
      assertThat(SocketCounts.fromMetrics(text)).containsEntry("ipv6 close_wait", 7L);
      ListenerSeries listeners = new ListenerSeries(text);
      assertThat(listeners.value("127.0.0.1 8080", "accept_queue_length")).isEqualTo(5);
      assertThat(listeners.value("127.0.0.1 8080", "accept_queue_limit")).isEqualTo(16);
    }
  }

  private boolean areThoseOfSs(String text) throws Exception {
    return SocketCounts.fromMetrics(text).equals(SocketCounts.fromSs(network));
  }

  /** The command of the chart's templates/tests, on the image alone. */
  @Test
  void whatHelmTestStartsGetsFiguresFromTheAgentOrFails() throws Exception {
    String here = "--agent=http://127.0.0.1:" + PORT;
    try (Container test = Container.run(image, network, "snapshot", here)) {
      assertThat(test.awaitEnd()).as(test.errors()).isZero();
    }
    String nowhere = "--agent=http://127.0.0.1:" + (PORT + 1);
    try (Container test = Container.run(image, network, "snapshot", nowhere)) {
      assertThat(test.awaitEnd()).isEqualTo(1);
    }
  }

  @Test
  void prometheusTellsAPodsSeriesByItsNameAndANodesByTheNode() throws Exception {
    String configs =
        PodMonitor.scrapeConfig("sidecar", "checkout", PORT)
            + PodMonitor.scrapeConfig("node", "synoptic-x7", PORT);
    try (RunningPrometheus prometheus = RunningPrometheus.startIn(network, folder, configs)) {
      awaitTwo(prometheus, "synoptic_scan_success{collector='sockets'} == 1");

      String listener = "synoptic_tcp_listener_accept_queue_length{port='8080',";
      assertThat(prometheus.labels(listener + "pod='checkout'}"))
          .containsEntry("namespace", "shop")
          .containsEntry("job", "synoptic")
          .doesNotContainKeys("node", "container", "exported_namespace", "exported_pod", "netns");
      assertThat(prometheus.labels(listener + "node='worker-1'}"))
          .containsEntry("job", "synoptic")
          .doesNotContainKeys("namespace", "pod", "exported_namespace", "exported_pod", "netns");
      // The target itself has the agent's pod in both.
      assertThat(prometheus.labels("up{pod='synoptic-x7'}")).containsEntry("node", "worker-1");
      assertThat(prometheus.labels("up{pod='checkout'}")).containsEntry("namespace", "shop");
      // What the agent itself calls a container stays that.
      assertThat(prometheus.query("synoptic_tcp_owner_connections{container='synoptic'}"))
          .isEmpty();
      assertThat(prometheus.query("synoptic_tcp_owner_connections{exported_container!=''}"))
          .isEmpty();
    }
  }

  private static void awaitTwo(RunningPrometheus prometheus, String expression) throws Exception {
    while (prometheus.query(expression).size() < 2) { // @Timeout ends it
      Thread.sleep(100);
    }
  }
}
