package io.synoptic.chart;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a cluster's rules refuse is what the chart's README names, with the reason. */
class PoliciesTest {
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| ((?:`[\\w-]+`(?:, )?)+) \\| ([\\w, -]+) \\| .{20,} \\|$");

  /** The chart's objects, and what helm test starts. */
  private static String rendering(Path values, String... settings) throws Exception {
    return Chart.text(values, settings) + "\n---\n" + Chart.hooks(values, settings);
  }

  /** The rules that a mode breaks. */
  private static Set<String> broken(String rendering) {
    Set<String> broken = new TreeSet<>();
    for (Workload workload : Workload.of(rendering)) {
      Policies.all()
          .forEach(
              (name, violated) -> {
                if (violated.test(workload)) {
                  broken.add(name);
                }
              });
    }
    return broken;
  }

  /** The exceptions of the README, by mode. */
  private static Map<String, Set<String>> named() throws Exception {
    String page = Files.readString(Chart.FOLDER.resolve("README.md"));
    Map<String, Set<String>> named = new HashMap<>();
    Matcher row = ROW.matcher(page.substring(page.indexOf("## Policies")));
    while (row.find()) {
      String modes = row.group(2).equals("all") ? "node, every-pod, sidecar" : row.group(2);
      for (String mode : modes.split(", ", -1)) {
        for (String rule : row.group(1).split(", ", -1)) {
          named.computeIfAbsent(mode, key -> new TreeSet<>()).add(rule.replace("`", ""));
        }
      }
    }
    return named;
  }

  @ParameterizedTest
  @ValueSource(strings = {"node", "every-pod", "sidecar"})
  void whatAModeBreaksIsNamed(String mode) throws Exception {
    assertThat(broken(rendering(Chart.FOLDER.resolve("values.yaml"), "mode=" + mode)))
        .isEqualTo(named().get(mode));
  }

  /** By values alone, as the README says. */
  @Test
  void besideAnApplicationNothingHasToBeBroken() throws Exception {
    assertThat(
            broken(
                rendering(
                    Chart.values("sidecar"),
                    "mode=sidecar",
                    "image.pullPolicy=Always",
                    "priorityClassName=system-cluster-critical",
                    "resources.limits.cpu=1",
                    "sidecar.application.resources.limits.cpu=1",
                    "tests.enabled=false")))
        .isSubsetOf(named().get("sidecar"))
        .doesNotContain(
            "cpuLimitsMissing",
            "priorityClassNotSet",
            "priority-class-name",
            "require-probes",
            "metadataAndInstanceMismatched",
            "non-isolated-pod");
  }

  /** Each rule is one that something breaks: none is blind. */
  @Test
  void whatMayEverythingIsSeen() {
    String pod =
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: a
          annotations: {container.apparmor.security.beta.kubernetes.io/a: unconfined}
        spec:
          replicas: 2
          selector: {matchLabels: {a: b}}
          template:
            spec:
              hostNetwork: true
              hostPID: true
              hostIPC: true
              serviceAccount: a
              securityContext: {sysctls: [{name: a, value: b}]}
              volumes: [{name: v, hostPath: {path: /etc}}, {name: d, hostPath: {path: /var/run/docker.sock}}]
              containers:
                - name: a
                  image: a:latest
                  env:
                    - {name: PASSWORD, value: a}
                    - {name: PASSWORD, valueFrom: {secretKeyRef: {name: a, key: b}}}
                  ports: [{containerPort: 22}]
                  livenessProbe: {httpGet: {port: 1}}
                  readinessProbe: {tcpSocket: {port: 1}}
                  startupProbe: {httpGet: {port: a}}
                  volumeMounts: [{name: v, mountPath: /v, readOnly: false}]
                  securityContext:
                    privileged: true
                    runAsUser: 0
                    procMount: [Unmasked]
                    seLinuxOptions: {type: a}
                    seccompProfile: {type: Unconfined}
                    windowsOptions: {hostProcess: true}
                    capabilities: {add: [ALL]}
        ---
        apiVersion: v1
        kind: ConfigMap
        data: {password: a}
        ---
        apiVersion: v1
        kind: Service
        spec: {type: NodePort, selector: {a: c}}
        """;
    Set<String> broken = broken(pod);
    broken.addAll(
        broken(
            "apiVersion: apps/v1\nkind: Deployment\nspec: {replicas: 1, template: {spec:"
                + " {containers: [{image: a}]}}}"));

    assertThat(broken).containsExactlyInAnyOrderElementsOf(Policies.all().keySet());
  }
}
