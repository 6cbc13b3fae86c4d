package io.synoptic.agent;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The jobs of deploy/kubernetes/prometheus.yml, without a cluster. */
final class PodDiscovery {
  static final Path FILE = RunningAgent.ROOT.resolve("deploy/kubernetes/prometheus.yml");

  private PodDiscovery() {}

  /**
   * What a job makes of what it would discover: one port of a pod that it has to keep, and others
   * that it has to leave out.
   *
   * @param target the labels that discovery gives to the one
   */
  static String scrapeConfig(String job, Map<String, String> target, int port) throws Exception {
    Map<String, Object> of = job(job);
    return """
        - job_name: JOB
          honor_labels: HONOR
          static_configs: TARGETS
          relabel_configs: RELABELINGS
        """
        .replace("JOB", job)
        .replace("HONOR", of.getOrDefault("honor_labels", false).toString())
        .replace(
            "TARGETS",
            List.of(at(port, target), other(port, target), ended(port, target)).toString())
        .replace("RELABELINGS", of.get("relabel_configs").toString().replace("=", ": "));
  }

  /** As the file has it. */
  static Map<String, Object> job(String name) throws Exception {
    Load load = new Load(LoadSettings.builder().build());
    Map<String, Object> config = OciImage.map(load.loadFromString(Files.readString(FILE)));
    return OciImage.maps(config.get("scrape_configs")).stream()
        .filter(each -> each.get("job_name").equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static String at(int port, Map<String, String> labels) {
    return "{targets: ['127.0.0.1:"
        + port
        + "'], labels: "
        + labels.toString().replace("=", ": ")
        + "}";
  }

  /** Another port of the pod. */
  private static String other(int port, Map<String, String> target) {
    return at(port, with(target, "__meta_kubernetes_pod_container_port_name", "http"));
  }

  /** A pod that has ended and is still there. */
  private static String ended(int port, Map<String, String> target) {
    return at(port, with(target, "__meta_kubernetes_pod_phase", "Succeeded"));
  }

  private static Map<String, String> with(Map<String, String> target, String name, String value) {
    Map<String, String> changed = new TreeMap<>(target);
    changed.put(name, value);
    return changed;
  }
}
