package io.synoptic.chart;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import com.marcnuri.helm.TemplateCommand;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The chart is what Kubernetes and the Prometheus operator take, and no more than is needed. */
class ChartTest {
  static Stream<Path> values() throws Exception {
    return Chart.values();
  }

  @Test
  void helmHasNothingToSay() {
    LintResult result = new Helm(Chart.FOLDER).lint().strict().call();

    assertThat(result.getMessages()).allMatch(message -> message.contains("icon is recommended"));
    assertThat(result.isFailed()).isFalse();
  }

  /**
   * The API server would drop what it doesn't know, or refuse it; nobody would see a typing error.
   */
  @ParameterizedTest
  @MethodSource("values")
  void everyKeyIsOneThatTheApiKnows(Path values) {
    List<String> documents = Chart.documents(Chart.text(values));

    assertThat(documents).isNotEmpty();
    for (String document : documents) {
      assertThat(unknownKeys(document)).as(document).isEmpty();
    }
  }

  /**
   * What is written and not read back: the model keeps what it knows, and lists what it doesn't.
   */
  private static List<String> unknownKeys(String document) {
    HasMetadata object = Chart.object(document);
    assertThat(object.getClass().getPackageName()).startsWith("io.fabric8.");
    List<String> unknown = new ArrayList<>();
    Models.walk(object, object.getKind(), unknown);
    return unknown;
  }

  @Test
  void aKeyThatTheApiDoesNotKnowIsSeen() {
    assertThat(unknownKeys(document("DaemonSet").replace("hostNetwork:", "hostNetwrok:")))
        .containsExactly("DaemonSet.spec.template.spec.hostNetwrok");
    String monitor = document("PodMonitor");
    assertThat(unknownKeys(monitor.replace("honorLabels:", "honourLabels:")))
        .containsExactly("PodMonitor.spec.podMetricsEndpoints.honourLabels");
  }

  private static String document(String kind) {
    return Chart.documents(Chart.text(Chart.values("node"))).stream()
        .filter(document -> document.contains("kind: " + kind + "\n"))
        .findFirst()
        .orElseThrow();
  }

  /** https://kubernetes.io/docs/concepts/security/pod-security-standards/, each line of it. */
  @Test
  void besideAnApplicationThePodIsRestricted() {
    PodSpec pod =
        Chart.only(Deployment.class, Chart.values("sidecar")).getSpec().getTemplate().getSpec();

    assertThat(PodSecurity.violations(pod)).isEmpty();
    assertThat(pod.getContainers()).hasSize(2);
    assertThat(pod.getAutomountServiceAccountToken()).isFalse();
  }

  @Test
  void onANodeItHasTheHostsNetworkAndFilesThatItOnlyReadsAndNothingElse() {
    PodSpec pod =
        Chart.only(DaemonSet.class, Chart.values("node")).getSpec().getTemplate().getSpec();

    assertThat(PodSecurity.violations(pod))
        .allMatch(violation -> violation.matches("hostNetwork|hostPort|volume .*: hostPath"));
    assertThat(pod.getContainers().get(0).getVolumeMounts())
        .allSatisfy(mount -> assertThat(mount.getReadOnly()).isTrue());
    assertThat(pod.getAutomountServiceAccountToken()).isFalse();
  }

  @Test
  void forEveryPodItHasTheHostsProcessesTooAndWhatTheLauncherTakesAndNothingElse() {
    PodSpec pod =
        Chart.only(DaemonSet.class, Chart.values("every-pod")).getSpec().getTemplate().getSpec();

    assertThat(PodSecurity.violations(pod))
        .allMatch(
            violation ->
                violation.matches(
                    "hostNetwork|hostPort|hostPID|volume .*: hostPath"
                        + "|synoptic: (capabilities added|runAsUser|runAsNonRoot)"))
        .hasSize(9);
    Container agent = pod.getContainers().get(0);
    assertThat(agent.getSecurityContext().getCapabilities().getAdd())
        .containsExactly("BPF", "PERFMON", "SETPCAP", "SETUID", "SETGID");
    assertThat(agent.getCommand()).contains("--bpf", "--handshakes", "--user=65529");
    assertThat(agent.getArgs()).contains("--netns=all");
    assertThat(agent.getVolumeMounts())
        .allSatisfy(mount -> assertThat(mount.getReadOnly()).isTrue());
    assertThat(pod.getAutomountServiceAccountToken()).isFalse();
  }

  @Test
  void whoSwitchesHandshakesOffHasNothingAttached() {
    assertThat(Chart.text(Chart.values("every-pod"), "extraArgs[0]=--no-collector.handshakes"))
        .contains("- --bpf\n", "- --no-collector.handshakes\n")
        .doesNotContain("- --handshakes\n");
  }

  @Test
  void aPodThatMayMoreIsSeen() {
    PodSpec pod =
        Chart.only(Deployment.class, Chart.values("sidecar")).getSpec().getTemplate().getSpec();
    pod.getContainers().get(0).getSecurityContext().setAllowPrivilegeEscalation(true);
    pod.getContainers().get(1).getSecurityContext().getCapabilities().setAdd(List.of("BPF"));
    pod.setHostPID(true);

    assertThat(PodSecurity.violations(pod)).hasSize(3);
  }

  @Test
  void rulesAndDashboardsAreThoseOfTheTree() throws Exception {
    PrometheusRule rule = Chart.only(PrometheusRule.class, Chart.values("node"));
    JsonNode shipped =
        Chart.tree(Files.readString(Chart.DEPLOY.resolve("prometheus/synoptic.rules.yml")));
    JsonNode rendered = Chart.tree(document("PrometheusRule"));

    assertThat(rule.getSpec().getGroups()).hasSize(shipped.get("groups").size());
    assertThat(rendered.get("spec")).isEqualTo(shipped);
    List<ConfigMap> dashboards =
        Chart.documents(Chart.text(Chart.values("node"))).stream()
            .map(Chart::object)
            .filter(ConfigMap.class::isInstance)
            .map(ConfigMap.class::cast)
            .toList();
    assertThat(dashboards).hasSize(3);
    for (ConfigMap dashboard : dashboards) {
      assertThat(dashboard.getMetadata().getLabels()).containsEntry("grafana_dashboard", "1");
      Map.Entry<String, String> file = dashboard.getData().entrySet().iterator().next();
      Path original =
          Chart.DEPLOY.resolve("grafana").resolve(file.getKey().replace("synoptic-", ""));
      assertThat(Chart.tree(file.getValue())).isEqualTo(Chart.tree(Files.readString(original)));
    }
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "mode=pod, at '/mode'",
        "port=70000, at '/port'",
        "image.digest=latest, at '/image/digest'",
        "image.pullpolicy=Always, 'pullpolicy' not allowed",
        "resources.limit.memory=1Gi, 'limit' not allowed",
        "everyPod.seccompProfile.type=None, at '/everyPod/seccompProfile/type'",
        "podMonitor.interval=often, at '/podMonitor/interval'",
        "extraArgs[0]=log.level, at '/extraArgs/0'",
        "replicas=2, 'replicas' not allowed",
        "probePort=0, at '/probePort'",
        "webConfig.existingSecret=A b, at '/webConfig/existingSecret'",
        "livenessProbe.httpGet.path=/, 'httpGet' not allowed",
        "startupProbe.periodSeconds=soon, at '/startupProbe/periodSeconds'",
        "securityContext.runAsRoot=true, 'runAsRoot' not allowed",
        "podMonitor.scheme=ftp, at '/podMonitor/scheme'",
        "podMonitor.basicAuth.password.name=a, missing property 'key'",
        "podMonitor.tlsConfig.caFile=/ca, 'caFile' not allowed",
        "podMonitor.relabelings[0].source_labels=a, 'source_labels' not allowed",
        "podMonitor.sampleLimit=many, at '/podMonitor/sampleLimit'",
        "extraVolumes[0].hostPath=a, missing property 'name'",
        "extraVolumeMounts[0].name=a, missing property 'mountPath'",
        "imagePullSecrets[0].secret=a, at '/imagePullSecrets/0'",
        "namespaceOverride=A, at '/namespaceOverride'",
        "terminationGracePeriodSeconds=-1, at '/terminationGracePeriodSeconds'",
        "tests.url=agent, at '/tests/url'",
      })
  void aWrongValueIsRefusedAndNamed(String setting, String name) {
    assertThatThrownBy(() -> Chart.text(Chart.values("sidecar"), setting))
        .hasMessageContaining("values don't meet the specifications of the schema")
        .hasMessageContaining(name);
  }

  /** What people apply who have no Helm. {@code -Dsynoptic.manifests=write} writes them again. */
  @ParameterizedTest
  @ValueSource(strings = {"node", "every-pod", "sidecar"})
  void thePlainManifestsAreWhatHelmWouldSay(String mode) throws Exception {
    Path file = Chart.DEPLOY.resolve("kubernetes").resolve(mode).resolve("synoptic.yaml");
    String header =
        "# Of the chart in deploy/helm, with the values of its ci/" + mode + "-values.yaml.\n";
    String text =
        header
            + Chart.text(Chart.values(mode), "dashboards.enabled=false", "tests.enabled=false")
                .replaceAll("(?m)^ +(app.kubernetes.io/managed-by|helm.sh/chart): .*\n", "")
                .replaceAll("(?m)^# Source: .*\n", "");
    if ("write".equals(System.getProperty("synoptic.manifests"))) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
    }

    assertThat(Files.readString(file)).isEqualTo(text);
    JsonNode kustomization =
        Chart.tree(Files.readString(file.resolveSibling("kustomization.yaml")));
    assertThat(kustomization.get("resources").get(0).asText()).isEqualTo("synoptic.yaml");
  }

  /** Each {@code helm install} of a page: release and settings, as they are there. */
  static Stream<Arguments> installations() throws Exception {
    List<Arguments> installations = new ArrayList<>();
    for (Path page : Chart.pages()) {
      String text = Files.readString(page).replaceAll("\\\\\n\\s*", "");
      Matcher installation =
          Pattern.compile("(?m)^(?:\\$ )?helm install (\\S+) deploy/helm/synoptic (.*)$")
              .matcher(text);
      while (installation.find()) {
        List<String> settings = new ArrayList<>();
        Matcher setting = Pattern.compile("--set (\\S+)").matcher(installation.group(2));
        while (setting.find()) {
          settings.add(setting.group(1));
        }
        installations.add(Arguments.of(installation.group(1), settings));
      }
    }
    assertThat(installations).hasSizeGreaterThan(3);
    return installations.stream();
  }

  @ParameterizedTest
  @MethodSource("installations")
  void whatAPageInstallsIsWhatTheApiKnows(String release, List<String> settings) {
    TemplateCommand template = new Helm(Chart.FOLDER).template().withName(release);
    for (String setting : settings) {
      String[] pair = setting.split("=", 2);
      template.set(pair[0], pair[1]);
    }

    List<String> documents = Chart.documents(template.call());
    assertThat(documents).isNotEmpty();
    for (String document : documents) {
      assertThat(unknownKeys(document)).as(document).isEmpty();
    }
    assertThat(documents.stream().filter(document -> document.contains("kind: PodMonitor")))
        .hasSize(settings.contains("podMonitor.enabled=true") ? 1 : 0);
  }

  /** Every folder of manifests, and every other that a page applies or deletes with -k. */
  static Stream<Path> kustomizedFolders() throws Exception {
    Path root = Chart.DEPLOY.getParent();
    Set<Path> folders = new TreeSet<>();
    try (Stream<Path> files = Files.list(Chart.DEPLOY.resolve("kubernetes"))) {
      files.filter(Files::isDirectory).forEach(folders::add);
    }
    for (Path page : Chart.pages()) {
      Matcher named = Pattern.compile(" -k ([\\w./-]+)").matcher(Files.readString(page));
      while (named.find()) {
        folders.add(root.resolve(named.group(1)));
      }
    }
    return folders.stream();
  }

  @ParameterizedTest
  @MethodSource("kustomizedFolders")
  void eachFolderIsOneThatKubectlTakes(Path folder) throws Exception {
    Path fetched = Chart.DEPLOY.getParent().resolve("target/tools/usr/bin/kubectl");
    Path kubectl = Files.isExecutable(fetched) ? fetched : Path.of("/usr/bin/kubectl");
    assumeTrue(Files.isExecutable(kubectl), "no kubectl: ./test fetches it");
    Process process =
        new ProcessBuilder(kubectl.toString(), "kustomize", folder.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String text = new String(process.getInputStream().readAllBytes(), UTF_8);

    assertThat(process.waitFor()).isZero();
    List<HasMetadata> objects = Chart.documents(text).stream().map(Chart::object).toList();
    assertThat(objects)
        .hasSizeGreaterThan(3)
        .allMatch(object -> object.getMetadata().getNamespace().equals("monitoring"));
    if (!folder.endsWith("sidecar")) {
      assertThat(objects)
          .filteredOn(object -> object.getMetadata().getName().equals("synoptic-dashboards"))
          .singleElement()
          .satisfies(object -> assertThat(((ConfigMap) object).getData()).hasSize(3));
    }
  }
}
