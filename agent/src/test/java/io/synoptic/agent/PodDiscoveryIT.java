package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A Prometheus without the operator gives the labels that the operator's would. */
@Tag("waits")
@Timeout(120)
class PodDiscoveryIT {
  @TempDir private Path folder;

  /** All of it but the discovery itself, which Debian's build leaves out. */
  @Test
  void promtoolTakesTheConfiguration() throws Exception {
    Path config = folder.resolve("prometheus.yml");
    Files.writeString(
        config,
        Files.readString(PodDiscovery.FILE)
            .replaceAll(
                "(?m)^    kubernetes_sd_configs:\\n(      .*\\n)+",
                "    static_configs: [{targets: [localhost]}]\n"));
    Process promtool =
        new ProcessBuilder(
                RunningPrometheus.program("promtool"), "check", "config", config.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(promtool.waitFor()).as(said).isZero();
    assertThat(Files.readString(config)).doesNotContain("kubernetes_sd_configs");
  }

  /** The keys are those of Prometheus' documentation, and the labels those of the chart. */
  @Test
  void podsAreSelectedByTheLabelsOfTheManifests() throws Exception {
    Function<String, Object> pods =
        label ->
            List.of(
                Map.of("role", "pod", "selectors", List.of(Map.of("role", "pod", "label", label))));

    assertThat(PodDiscovery.job("synoptic").get("kubernetes_sd_configs"))
        .isEqualTo(pods.apply("app.kubernetes.io/name=synoptic"));
    assertThat(PodDiscovery.job("synoptic-sidecar").get("kubernetes_sd_configs"))
        .isEqualTo(pods.apply("synoptic.io/sidecar=true"));
    assertThat(selector("node")).containsEntry("app.kubernetes.io/name", "synoptic");
    assertThat(selector("every-pod")).containsEntry("app.kubernetes.io/name", "synoptic");
    assertThat(selector("sidecar")).containsExactly(Map.entry("synoptic.io/sidecar", "true"));
  }

  private static Map<String, Object> selector(String mode) throws Exception {
    Map<String, Object> spec = OciImage.map(Manifest.of(mode, "PodMonitor").get("spec"));
    return OciImage.map(OciImage.map(spec.get("selector")).get("matchLabels"));
  }

  @ParameterizedTest
  @CsvSource({"node, synoptic", "every-pod, synoptic", "sidecar, synoptic-sidecar"})
  void labelsAreThoseOfThePodMonitor(String mode, String job) throws Exception {
    try (NetworkNamespace network = NetworkNamespace.create(1024);
        Lab lab = Lab.in(network, "ipv4:listener=1,backlog=16,fill=5,port=8080");
        RunningAgent agent = RunningAgent.startIn(network)) {
      String operator = PodMonitor.scrapeConfig(mode, "checkout", agent.port());
      String discovery =
          PodDiscovery.scrapeConfig(job, PodMonitor.target(mode, "checkout"), agent.port());

      Set<Map<String, String>> labels = labels(network, "operator", operator);
      assertThat(labels(network, "discovery", discovery)).isEqualTo(labels);
      assertThat(labels).hasSize(24).allMatch(series -> series.get("job").equals("synoptic"));
      assertThat(lab.sockets()).containsEntry("ipv4 listen", 1L);
    }
  }

  /** Of the target, and of series of the agent. */
  private Set<Map<String, String>> labels(
      NetworkNamespace network, String name, String scrapeConfigs) throws Exception {
    Path own = Files.createDirectory(folder.resolve(name));
    String series =
        "up or synoptic_tcp_sockets or synoptic_tcp_listener_accept_queue_limit{port='8080'}";
    try (RunningPrometheus prometheus = RunningPrometheus.startIn(network, own, scrapeConfigs)) {
      List<RunningPrometheus.Sample> samples = prometheus.query(series);
      while (samples.size() < 24) { // @Timeout ends it
        Thread.sleep(100);
        samples = prometheus.query(series);
      }
      return samples.stream().map(RunningPrometheus.Sample::labels).collect(Collectors.toSet());
    }
  }

  /** Where both modes are, the job of nodes leaves pods of applications to the other. */
  @Test
  void anApplicationsPodIsNoNodes() throws Exception {
    String sidecar = "__meta_kubernetes_pod_labelpresent_synoptic_io_sidecar";
    Map<String, String> target = new TreeMap<>(PodMonitor.target("node", "checkout"));
    target.put(sidecar, "true");
    try (NetworkNamespace network = NetworkNamespace.create(1024);
        RunningPrometheus prometheus =
            RunningPrometheus.startIn(
                network, folder, PodDiscovery.scrapeConfig("synoptic", target, 1))) {
      Thread.sleep(3000);

      assertThat(prometheus.query("up")).isEmpty();
    }
  }
}
