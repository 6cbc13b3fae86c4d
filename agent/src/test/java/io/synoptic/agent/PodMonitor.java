package io.synoptic.agent;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The PodMonitors of deploy/kubernetes, without the operator. */
final class PodMonitor {
  private PodMonitor() {}

  /**
   * What the Prometheus operator makes of a mode's PodMonitor for one pod: its own target labels,
   * then the endpoint's.
   *
   * @see <a
   *     href="https://github.com/prometheus-operator/prometheus-operator/blob/main/pkg/prometheus/promcfg.go">generatePodMonitorConfig</a>
   */
  static String scrapeConfig(String mode, String pod, int port) throws Exception {
    Map<String, Object> spec = OciImage.map(Manifest.of(mode, "PodMonitor").get("spec"));
    Map<String, Object> endpoint = OciImage.maps(spec.get("podMetricsEndpoints")).get(0);
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
    String target = target(mode, pod).toString().replace("=", ": ");
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
        .replace("PORT", Integer.toString(port))
        .replace("TARGET", target)
        .replace("RELABELINGS", inPrometheusSpelling(relabelings));
  }

  /** What Kubernetes' discovery says of the agent's port in a pod. */
  static Map<String, String> target(String mode, String pod) {
    return Map.of(
        "__meta_kubernetes_namespace",
        mode.equals("sidecar") ? "shop" : "monitoring",
        "__meta_kubernetes_pod_name",
        pod,
        "__meta_kubernetes_pod_phase",
        "Running",
        "__meta_kubernetes_pod_container_name",
        "synoptic",
        "__meta_kubernetes_pod_container_port_name",
        "synoptic",
        "__meta_kubernetes_pod_node_name",
        "worker-1");
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
}
