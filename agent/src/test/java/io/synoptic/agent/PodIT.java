package io.synoptic.agent;

import static java.util.Locale.ROOT;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * A pod as kubelet makes one: two containers with a network namespace in common and all else their
 * own, an application and the agent; and what a Prometheus makes of it that the operator has
 * configured from the shipped PodMonitors.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class PodIT {
  private static final int PORT = 10119;
  private static final Path MANIFESTS = RunningAgent.ROOT.resolve("deploy/kubernetes");

  @TempDir Path folder;

  private NetworkNamespace network;
  private Container application;
  private Container agent;

  @BeforeAll
  void start(@TempDir Path unpacked) throws Exception {
    OciImage image = OciImage.built(unpacked);
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
    agent = Container.run(image, network, "--scan.min-interval=0s");
    agent.awaitLine("Synoptic answers at ");
  }

  @AfterAll
  void end() throws Exception {
    for (AutoCloseable each : new AutoCloseable[] {agent, application, network}) {
      if (each != null) {
        each.close();
      }
    }
  }

  @Test
  void besideTheApplicationTheFiguresAreThoseOfSs() throws Exception {
    try (HttpExchange http = new HttpExchange(network.connect(PORT))) {
      String text = http.get("/metrics").text();

      assertThat(SocketCounts.fromMetrics(text)).isEqualTo(SocketCounts.fromSs(network));
      assertThat(SocketCounts.fromMetrics(text)).containsEntry("ipv6 close_wait", 7L);
      ListenerSeries listeners = new ListenerSeries(text);
      assertThat(listeners.value("127.0.0.1 8080", "accept_queue_length")).isEqualTo(5);
      assertThat(listeners.value("127.0.0.1 8080", "accept_queue_limit")).isEqualTo(16);
    }
  }

  @Test
  void prometheusTellsAPodsSeriesByItsNameAndANodesByTheNode() throws Exception {
    String configs = scrapeConfig("sidecar", "checkout") + scrapeConfig("node", "synoptic-x7");
    try (RunningPrometheus prometheus = RunningPrometheus.startIn(network, folder, configs)) {
      awaitTwo(prometheus, "synoptic_scan_success{collector='sockets'} == 1");

      String listener = "synoptic_tcp_listener_accept_queue_length{port='8080',";
      assertThat(labels(prometheus, listener + "pod='checkout'}"))
          .containsEntry("namespace", "shop")
          .containsEntry("job", "synoptic")
          .doesNotContainKeys("node", "container", "exported_namespace", "exported_pod", "netns");
      assertThat(labels(prometheus, listener + "node='worker-1'}"))
          .containsEntry("job", "synoptic")
          .doesNotContainKeys("namespace", "pod", "exported_namespace", "exported_pod", "netns");
      // The target itself has the agent's pod in both.
      assertThat(labels(prometheus, "up{pod='synoptic-x7'}")).containsEntry("node", "worker-1");
      assertThat(labels(prometheus, "up{pod='checkout'}")).containsEntry("namespace", "shop");
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

  private static Map<String, String> labels(RunningPrometheus prometheus, String expression)
      throws Exception {
    List<RunningPrometheus.Sample> samples = prometheus.query(expression);
    assertThat(samples).as(expression).hasSize(1);
    return samples.get(0).labels();
  }

  /**
   * What the Prometheus operator makes of a mode's PodMonitor for one pod: its own target labels,
   * then the endpoint's.
   *
   * @see <a
   *     href="https://github.com/prometheus-operator/prometheus-operator/blob/main/pkg/prometheus/promcfg.go">generatePodMonitorConfig</a>
   */
  private static String scrapeConfig(String mode, String pod) throws Exception {
    Map<String, Object> endpoint = endpoint(mode);
    List<Map<String, Object>> relabelings =
        new ArrayList<>(
            List.of(
                Map.of(
                    "sourceLabels",
                    List.of("__meta_kubernetes_namespace"),
                    "targetLabel",
                    "namespace"),
                Map.of(
                    "sourceLabels",
                    List.of("__meta_kubernetes_pod_container_name"),
                    "targetLabel",
                    "container"),
                Map.of("sourceLabels", List.of("__meta_kubernetes_pod_name"), "targetLabel", "pod"),
                Map.of("targetLabel", "job", "replacement", "monitoring/synoptic"),
                Map.of("targetLabel", "endpoint", "replacement", endpoint.get("port"))));
    relabelings.addAll(OciImage.maps(endpoint.get("relabelings")));
    String target =
        Map.of(
                "__meta_kubernetes_namespace",
                mode.equals("node") ? "monitoring" : "shop",
                "__meta_kubernetes_pod_name",
                pod,
                "__meta_kubernetes_pod_container_name",
                "synoptic",
                "__meta_kubernetes_pod_node_name",
                "worker-1")
            .toString()
            .replace("=", ": ");
    return """
        - job_name: podMonitor/monitoring/MODE/0
          honor_labels: HONOR
          metrics_path: PATH
          static_configs: [{targets: ['127.0.0.1:PORT'], labels: TARGET}]
          relabel_configs: RELABELINGS
        """
        .replace("MODE", mode)
        .replace("HONOR", endpoint.get("honorLabels").toString())
        .replace("PATH", endpoint.get("path").toString())
        .replace("PORT", Integer.toString(PORT))
        .replace("TARGET", target)
        .replace("RELABELINGS", inPrometheusSpelling(relabelings));
  }

  /** {@code {sourceLabels=[a], targetLabel=b}} is {@code {source_labels: [a], target_label: b}}. */
  private static String inPrometheusSpelling(List<Map<String, Object>> relabelings) {
    return Pattern.compile("([a-z]+)(?:([A-Z])([a-z]+))?=")
        .matcher(relabelings.toString())
        .replaceAll(
            key ->
                key.group(1)
                    + (key.group(2) == null
                        ? ""
                        : "_" + key.group(2).toLowerCase(ROOT) + key.group(3))
                    + ": ");
  }

  private static Map<String, Object> endpoint(String mode) throws Exception {
    String text = Files.readString(MANIFESTS.resolve(mode).resolve("synoptic.yaml"));
    Iterable<Object> documents = new Load(LoadSettings.builder().build()).loadAllFromString(text);
    Map<String, Object> monitor =
        StreamSupport.stream(documents.spliterator(), false)
            .map(OciImage::map)
            .filter(document -> document.get("kind").equals("PodMonitor"))
            .findFirst()
            .orElseThrow();
    return OciImage.maps(OciImage.map(monitor.get("spec")).get("podMetricsEndpoints")).get(0);
  }
}
