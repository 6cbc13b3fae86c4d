package io.synoptic.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.marcnuri.helm.Helm;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.openshift.api.model.monitoring.v1.PodMonitor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What values do. */
class ValuesTest {
  private static final String SECRET = "webConfig.existingSecret=synoptic-web";

  private static PodSpec node(String... settings) {
    return Chart.only(DaemonSet.class, Chart.values("node"), settings)
        .getSpec()
        .getTemplate()
        .getSpec();
  }

  private static PodSpec sidecar(String... settings) {
    return Chart.only(Deployment.class, Chart.values("sidecar"), settings)
        .getSpec()
        .getTemplate()
        .getSpec();
  }

  private static Container agent(PodSpec pod) {
    return pod.getContainers().stream()
        .filter(container -> container.getName().equals("synoptic"))
        .findFirst()
        .orElseThrow();
  }

  private static List<Probe> probes(PodSpec pod) {
    Container agent = agent(pod);
    return List.of(agent.getStartupProbe(), agent.getLivenessProbe(), agent.getReadinessProbe());
  }

  @Test
  void withPasswordsProbesGoToAnAddressThatAsksForNone() {
    PodSpec onNode = node(SECRET);
    assertThat(agent(onNode).getArgs())
        .contains(
            "--web.config.file=/etc/synoptic/web/web.yml", "--web.probe-address=127.0.0.1:10120");
    assertThat(probes(onNode))
        .allMatch(probe -> probe.getHttpGet().getPort().getStrVal().equals("probes"))
        .allMatch(probe -> probe.getHttpGet().getHost().equals("127.0.0.1"));
    assertThat(onNode.getVolumes())
        .anyMatch(
            volume ->
                volume.getSecret() != null
                    && volume.getSecret().getSecretName().equals("synoptic-web"));

    PodSpec beside = sidecar(SECRET, "probePort=10300");
    assertThat(agent(beside).getArgs()).contains("--web.probe-address=:10300");
    assertThat(probes(beside)).allMatch(probe -> probe.getHttpGet().getHost() == null);
    assertThat(PodSecurity.violations(beside)).isEmpty();
  }

  @Test
  void withoutThemTheyGoToTheAgentsOwnPort() {
    assertThat(probes(node()))
        .allMatch(probe -> probe.getHttpGet().getPort().getStrVal().equals("synoptic"))
        .allMatch(probe -> probe.getHttpGet().getHost() == null);
    assertThat(agent(node()).getPorts()).hasSize(1);
  }

  @Test
  void whatIsPushedHasItsHeadersFromASecret() {
    PodSpec pod = node("otlp.url=http://192.0.2.1:4318/v1/metrics", "otlp.headersSecret=push");

    assertThat(agent(pod).getArgs())
        .contains(
            "--otlp.url=http://192.0.2.1:4318/v1/metrics",
            "--otlp.interval=60s",
            "--otlp.headers.file=/etc/synoptic/otlp/headers");
    assertThat(agent(pod).getVolumeMounts())
        .anyMatch(mount -> mount.getMountPath().equals("/etc/synoptic/otlp"));
    assertThat(pod.getVolumes())
        .anyMatch(
            volume ->
                volume.getSecret() != null && volume.getSecret().getSecretName().equals("push"));
    assertThat(agent(node()).getArgs()).noneMatch(argument -> argument.startsWith("--otlp"));
  }

  @Test
  void podsHaveTheSeriesThatAreChosen() {
    PodSpec pod =
        Chart.only(DaemonSet.class, Chart.values("every-pod"), "everyPod.detail=states")
            .getSpec()
            .getTemplate()
            .getSpec();

    assertThat(agent(pod).getArgs()).contains("--netns=all", "--netns.detail=states");
  }

  /** So that it can be copied into any pod. */
  @Test
  void besideAnApplicationTheContainerHasItsSecurityContextAndThePodNone() {
    PodSpec pod = sidecar();

    assertThat(pod.getSecurityContext()).isNull();
    assertThat(agent(pod).getSecurityContext().getRunAsUser()).isEqualTo(65534);
    assertThat(agent(pod).getSecurityContext().getRunAsNonRoot()).isTrue();
  }

  @Test
  void whatIsSetOfTheSecurityContextChangesThatAlone() {
    Container agent = agent(node("securityContext.runAsUser=7"));

    assertThat(agent.getSecurityContext().getRunAsUser()).isEqualTo(7);
    assertThat(agent.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
    assertThat(agent.getSecurityContext().getCapabilities().getDrop()).containsExactly("ALL");
  }

  @Test
  void virtualAndWindowsNodesAreLeftOut() {
    PodSpec pod = node();

    assertThat(pod.getNodeSelector()).containsEntry("kubernetes.io/os", "linux");
    assertThat(
            pod.getAffinity()
                .getNodeAffinity()
                .getRequiredDuringSchedulingIgnoredDuringExecution()
                .getNodeSelectorTerms()
                .get(0)
                .getMatchExpressions())
        .allMatch(expression -> expression.getOperator().equals("NotIn"))
        .extracting(expression -> expression.getValues().get(0))
        .containsExactly("virtual-kubelet", "fargate");
  }

  @ParameterizedTest
  @CsvSource({
    "nginx:1, mirror.example/nginx:1",
    "library/nginx:1, mirror.example/library/nginx:1",
    "quay.example/nginx:1, quay.example/nginx:1",
    "localhost/nginx:1, localhost/nginx:1",
    "host:5000/nginx:1, host:5000/nginx:1",
  })
  void theGlobalRegistryIsThatOfEveryImageThatHasNone(String image, String full) {
    PodSpec pod =
        sidecar(
            "global.imageRegistry=mirror.example",
            "image.registry=registry.example",
            "sidecar.application.image=" + image);

    assertThat(agent(pod).getImage()).isEqualTo("mirror.example/synoptic:0.1.0");
    assertThat(pod.getContainers().get(0).getImage()).isEqualTo(full);
  }

  @Test
  void pullSecretsOfBothKindsAreNamedOnce() {
    assertThat(
            node(
                    "global.imagePullSecrets[0]=mirror",
                    "global.imagePullSecrets[1].name=other",
                    "imagePullSecrets[0]=mirror",
                    "imagePullSecrets[1].name=own")
                .getImagePullSecrets())
        .extracting(secret -> secret.getName())
        .containsExactly("mirror", "other", "own");
  }

  @Test
  void everythingIsInTheNamespaceThatIsSetButMonitorsWhereTheyAreWanted() {
    for (String document : Chart.documents(Chart.text(Chart.values("everything")))) {
      JsonNode object = Chart.tree(document);
      boolean isMonitor = object.path("kind").asText().endsWith("Monitor");
      assertThat(object.path("metadata").path("namespace").asText())
          .isEqualTo(isMonitor ? "monitors" : "agents");
      if (isMonitor) {
        assertThat(object.path("spec").path("namespaceSelector").toString())
            .isEqualTo("{\"matchNames\":[\"agents\"]}");
      }
    }
  }

  @Test
  void aMonitorHasItsRelabelingsAfterThoseThatMakeTheLabels() {
    PodMonitor monitor = Chart.only(PodMonitor.class, Chart.values("everything"));
    var endpoint = monitor.getSpec().getPodMetricsEndpoints().get(0);

    assertThat(endpoint.getScheme()).isEqualTo("https");
    assertThat(endpoint.getRelabelings())
        .extracting(relabeling -> relabeling.getTargetLabel())
        .containsExactly("job", "node", "team");
    assertThat(endpoint.getMetricRelabelings()).hasSize(1);
    assertThat(endpoint.getBasicAuth().getPassword().getName()).isEqualTo("scraper");
    assertThat(endpoint.getTlsConfig().getServerName()).isEqualTo("synoptic.example");
    assertThat(monitor.getSpec().getSampleLimit()).isEqualTo(100_000);
  }

  @Test
  void moreContainersVolumesAndEnvironmentComeBesideTheChartsOwn() {
    PodSpec pod =
        node(
            "extraContainers[0].name=beside",
            "extraContainers[0].image=busybox:1",
            "initContainers[0].name=before",
            "initContainers[0].image=busybox:1",
            "extraEnv[0].name=TZ",
            "extraEnv[0].value=UTC",
            "extraVolumes[0].name=more",
            "extraVolumeMounts[0].name=more",
            "extraVolumeMounts[0].mountPath=/more");

    assertThat(pod.getContainers()).hasSize(2);
    assertThat(pod.getInitContainers()).hasSize(1);
    assertThat(agent(pod).getEnv()).hasSize(1);
    assertThat(pod.getVolumes()).hasSize(3);
    assertThat(agent(pod).getVolumeMounts()).hasSize(3);
  }

  /** It is a command of the agent's image, and nothing that selects the agent selects it. */
  @ParameterizedTest
  @CsvSource({"node, 127.0.0.1", "every-pod, 127.0.0.1", "sidecar, synoptic-test"})
  void helmTestAsksAnAgentForItsFigures(String mode, String host) throws Exception {
    List<HasMetadata> hooks =
        Chart.documents(Chart.hooks(Chart.values(mode))).stream().map(Chart::object).toList();
    Pod pod = (Pod) hooks.get(hooks.size() - 1);

    for (HasMetadata hook : hooks) {
      List<String> unknown = new ArrayList<>();
      Models.walk(hook, hook.getKind(), unknown);
      assertThat(unknown).isEmpty();
    }
    assertThat(hooks).hasSize(mode.equals("sidecar") ? 2 : 1);
    assertThat(pod.getMetadata().getAnnotations()).containsEntry("helm.sh/hook", "test");
    assertThat(pod.getMetadata().getLabels())
        .containsEntry("app.kubernetes.io/name", "synoptic-test");
    assertThat(pod.getSpec().getContainers().get(0).getArgs())
        .containsExactly("snapshot", "--agent=http://" + host + ":10119");
    assertThat(PodSecurity.violations(pod.getSpec()))
        .isSubsetOf(mode.equals("sidecar") ? List.of() : List.of("hostNetwork"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"node", "every-pod", "sidecar"})
  void theNotesHaveTheCommandsForThisMode(String mode) {
    String notes =
        new Helm(Chart.FOLDER)
            .install()
            .clientOnly()
            .withName("synoptic")
            .withNamespace("monitoring")
            .set("mode", mode)
            .call()
            .getOutput();

    assertThat(notes)
        .contains("rollout status " + (mode.equals("sidecar") ? "deployment" : "daemonset"))
        .contains("helm test synoptic --namespace monitoring")
        .contains("Nothing scrapes it yet");
    assertThat(
            notes.contains(
                "kubectl label namespace monitoring"
                    + " pod-security.kubernetes.io/enforce=privileged"))
        .isEqualTo(!mode.equals("sidecar"));
  }

  @Test
  void portsThatAreTheSameAreRefusedInOneLine() {
    assertThatThrownBy(() -> node(SECRET, "probePort=10119"))
        .hasMessageContaining("probePort and port are both 10119: write two");
  }
}
