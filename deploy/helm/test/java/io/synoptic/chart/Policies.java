package io.synoptic.chart;

import static io.synoptic.chart.Workload.stream;
import static io.synoptic.chart.Workload.texts;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;
import java.util.function.Predicate;

/**
 * Rules that clusters enforce, by the names that their tools print: kyverno's pod-security and
 * best-practices, Polaris' default configuration, kube-linter's checks. Left out is what is about
 * objects that no chart of this kind has (roles, autoscalers, ingresses, jobs), the API's own
 * schema, and what asks for an organization's own labels.
 */
final class Policies {
  private static final String CAPABILITIES_OF_ENGINES =
      "AUDIT_WRITE|CHOWN|DAC_OVERRIDE|FOWNER|FSETID|KILL|MKNOD|NET_BIND_SERVICE|SETFCAP|SETGID"
          + "|SETPCAP|SETUID|SYS_CHROOT";
  private static final String SAFE_VOLUMES =
      "name|configMap|csi|downwardAPI|emptyDir|ephemeral|persistentVolumeClaim|projected|secret";
  private static final List<String> PROBES =
      List.of("livenessProbe", "readinessProbe", "startupProbe");

  private Policies() {}

  /** Each with what violates it. */
  static Map<String, Predicate<Workload>> all() {
    Map<String, Predicate<Workload>> rules = new LinkedHashMap<>();
    kyverno(rules);
    polaris(rules);
    kubeLinter(rules);
    return rules;
  }

  private static Predicate<Workload> anyContainer(BiPredicate<Workload, JsonNode> violated) {
    return workload -> workload.anyContainer(container -> violated.test(workload, container));
  }

  private static void kyverno(Map<String, Predicate<Workload>> rules) {
    rules.put("disallow-capabilities", addsOtherThan(CAPABILITIES_OF_ENGINES));
    rules.put("disallow-capabilities-strict", addsOtherThan("NET_BIND_SERVICE").or(dropsNotAll()));
    rules.put("require-drop-all", dropsNotAll());
    rules.put("disallow-host-namespaces", Policies::hasHostNamespace);
    rules.put("disallow-host-path", workload -> workload.anyVolume("hostPath"));
    rules.put("disallow-host-ports", Policies::hasHostPort);
    rules.put("disallow-host-ports-range", Policies::hasHostPort);
    rules.put(
        "disallow-host-process",
        anyContainer((w, c) -> w.security(c, "windowsOptions").path("hostProcess").asBoolean()));
    rules.put(
        "disallow-privileged-containers",
        anyContainer((w, c) -> w.security(c, "privileged").asBoolean()));
    rules.put("disallow-privilege-escalation", escalates());
    rules.put("disallow-proc-mount", anyContainer((w, c) -> !w.security(c, "procMount").isEmpty()));
    rules.put(
        "disallow-selinux", anyContainer((w, c) -> !w.security(c, "seLinuxOptions").isEmpty()));
    rules.put(
        "restrict-sysctls",
        workload -> !workload.pod().path("securityContext").path("sysctls").isEmpty());
    rules.put(
        "restrict-apparmor-profiles",
        workload -> workload.object().toString().contains("container.apparmor.security"));
    rules.put("restrict-seccomp", seccompIs("Unconfined"));
    rules.put("restrict-seccomp-strict", seccompIs("Unconfined|"));
    rules.put(
        "restrict-volume-types",
        workload ->
            stream(workload.pod().path("volumes"))
                .flatMap(volume -> Chart.keys(volume).stream())
                .anyMatch(key -> !key.matches(SAFE_VOLUMES)));
    rules.put(
        "require-run-as-nonroot",
        anyContainer((w, c) -> !w.security(c, "runAsNonRoot").asBoolean()));
    rules.put(
        "require-run-as-non-root-user",
        anyContainer((w, c) -> w.security(c, "runAsUser").asInt(1) == 0));
    rules.put("disallow-latest-tag", isTaggedLatest());
    rules.put(
        "require-pod-requests-limits",
        anyContainer(
            (w, c) ->
                lacks(c, "requests", "cpu")
                    || lacks(c, "requests", "memory")
                    || lacks(c, "limits", "memory")));
    rules.put("require-probes", anyContainer((w, c) -> PROBES.stream().noneMatch(c::has)));
    rules.put("require-ro-rootfs", writesToRoot());
  }

  private static void polaris(Map<String, Predicate<Workload>> rules) {
    rules.put(
        "deploymentMissingReplicas", w -> isDeployment(w) && w.spec().path("replicas").asInt() < 2);
    rules.put("priorityClassNotSet", w -> !w.pod().has("priorityClassName"));
    rules.put("tagNotSpecified", isTaggedLatest());
    rules.put(
        "pullPolicyNotAlways",
        anyContainer((w, c) -> !c.path("imagePullPolicy").asText().equals("Always")));
    rules.put("readinessProbeMissing", anyContainer((w, c) -> !c.has("readinessProbe")));
    rules.put("livenessProbeMissing", anyContainer((w, c) -> !c.has("livenessProbe")));
    rules.put(
        "metadataAndInstanceMismatched",
        w -> {
          JsonNode metadata = w.object().path("metadata");
          return !metadata
              .path("name")
              .equals(metadata.path("labels").path("app.kubernetes.io/instance"));
        });
    rules.put(
        "missingPodDisruptionBudget",
        w -> isDeployment(w) && w.others("PodDisruptionBudget").findAny().isEmpty());
    rules.put("topologySpreadConstraint", w -> !w.pod().has("topologySpreadConstraints"));
    rules.put("cpuRequestsMissing", anyContainer((w, c) -> lacks(c, "requests", "cpu")));
    rules.put("cpuLimitsMissing", anyContainer((w, c) -> lacks(c, "limits", "cpu")));
    rules.put("memoryRequestsMissing", anyContainer((w, c) -> lacks(c, "requests", "memory")));
    rules.put("memoryLimitsMissing", anyContainer((w, c) -> lacks(c, "limits", "memory")));
    rules.put(
        "automountServiceAccountToken",
        w -> w.pod().path("automountServiceAccountToken").asBoolean(true));
    rules.put("hostIPCSet", w -> w.pod().path("hostIPC").asBoolean());
    rules.put("hostPIDSet", w -> w.pod().path("hostPID").asBoolean());
    rules.put("hostNetworkSet", w -> w.pod().path("hostNetwork").asBoolean());
    rules.put("hostPortSet", Policies::hasHostPort);
    rules.put("hostPathSet", w -> w.anyVolume("hostPath"));
    rules.put("linuxHardening", seccompIs("Unconfined|").and(dropsNotAll()));
    rules.put(
        "missingNetworkPolicy", w -> !isIsolated(w, policy -> policy.path("spec").has("egress")));
    rules.put("notReadOnlyRootFilesystem", writesToRoot());
    rules.put("privilegeEscalationAllowed", escalates());
    rules.put("procMount", anyContainer((w, c) -> !w.security(c, "procMount").isEmpty()));
    rules.put(
        "runAsRootAllowed",
        anyContainer(
            (w, c) ->
                w.security(c, "runAsUser").asInt() == 0
                    && !w.security(c, "runAsNonRoot").asBoolean()));
    rules.put("runAsPrivileged", anyContainer((w, c) -> w.security(c, "privileged").asBoolean()));
    rules.put(
        "dangerousCapabilities",
        anyContainer((w, c) -> added(c).stream().anyMatch(n -> n.matches("ALL|(SYS|NET)_ADMIN"))));
    rules.put("insecureCapabilities", dropsNotAll());
    rules.put(
        "sensitiveContainerEnvVar",
        anyContainer((w, c) -> c.path("env").toString().matches("(?i).*(password|token|key).*")));
    rules.put(
        "sensitiveConfigmapContent",
        w ->
            w.others("ConfigMap")
                .flatMap(map -> Chart.keys(map.path("data")).stream())
                .anyMatch(key -> key.matches("(?i).*(password|token|secret).*")));
  }

  private static void kubeLinter(Map<String, Predicate<Workload>> rules) {
    rules.put("host-network", w -> w.pod().path("hostNetwork").asBoolean());
    rules.put("host-pid", w -> w.pod().path("hostPID").asBoolean());
    rules.put("host-ipc", w -> w.pod().path("hostIPC").asBoolean());
    rules.put(
        "sensitive-host-mounts",
        w ->
            stream(w.pod().path("volumes"))
                .map(volume -> volume.path("hostPath").path("path").asText())
                .anyMatch(path -> path.matches("/|/(boot|dev|etc|lib|proc|sys|usr)")));
    rules.put(
        "writable-host-mount",
        w ->
            w.anyVolume("hostPath")
                && w.anyContainer(c -> c.toString().contains("\"readOnly\":false")));
    rules.put("docker-sock", w -> w.pod().path("volumes").toString().contains("docker.sock"));
    rules.put("privileged-container", rules.get("disallow-privileged-containers"));
    rules.put("privilege-escalation-container", escalates());
    rules.put("no-read-only-root-fs", writesToRoot());
    rules.put("run-as-non-root", rules.get("require-run-as-nonroot"));
    rules.put("drop-net-raw-capability", dropsNotAll());
    rules.put("unsafe-proc-mount", rules.get("disallow-proc-mount"));
    rules.put("unsafe-sysctls", rules.get("restrict-sysctls"));
    rules.put("latest-tag", isTaggedLatest());
    rules.put("no-liveness-probe", anyContainer((w, c) -> !c.has("livenessProbe")));
    rules.put("no-readiness-probe", anyContainer((w, c) -> !c.has("readinessProbe")));
    for (String probe : PROBES) {
      rules.put(
          probe.replace("Probe", "-port"), anyContainer((w, c) -> asksNoPortOf(c.path(probe), c)));
    }
    rules.put("unset-cpu-requirements", anyContainer((w, c) -> lacks(c, "requests", "cpu")));
    rules.put(
        "unset-memory-requirements",
        anyContainer((w, c) -> lacks(c, "requests", "memory") || lacks(c, "limits", "memory")));
    rules.put(
        "default-service-account",
        w -> w.pod().path("serviceAccountName").asText("default").equals("default"));
    rules.put("deprecated-service-account-field", w -> w.pod().has("serviceAccount"));
    rules.put(
        "non-existent-service-account",
        w ->
            w.others("ServiceAccount")
                .noneMatch(
                    account ->
                        account
                            .path("metadata")
                            .path("name")
                            .equals(w.pod().path("serviceAccountName"))));
    rules.put("non-isolated-pod", w -> !isIsolated(w, policy -> true));
    rules.put("no-node-affinity", w -> !w.pod().path("affinity").path("nodeAffinity").isObject());
    rules.put(
        "priority-class-name",
        w -> !w.pod().path("priorityClassName").asText().matches("system-(cluster|node)-critical"));
    rules.put("dnsconfig-options", w -> !w.pod().has("dnsConfig"));
    rules.put(
        "minimum-three-replicas", w -> isDeployment(w) && w.spec().path("replicas").asInt() < 3);
    rules.put(
        "no-anti-affinity",
        w ->
            isDeployment(w)
                && w.spec().path("replicas").asInt() > 1
                && !w.pod().path("affinity").has("podAntiAffinity"));
    rules.put(
        "no-rolling-update-strategy",
        w ->
            !w.kind().equals("Pod")
                && !w.spec()
                    .path(isDeployment(w) ? "strategy" : "updateStrategy")
                    .path("type")
                    .asText()
                    .equals("RollingUpdate"));
    rules.put(
        "restart-policy", w -> !w.pod().path("restartPolicy").asText().matches("Always|OnFailure"));
    rules.put("use-namespace", w -> w.object().path("metadata").path("namespace").isMissingNode());
    rules.put(
        "mismatching-selector",
        w ->
            !w.kind().equals("Pod")
                && !w.isSelectedBy(w.spec().path("selector").path("matchLabels")));
    rules.put(
        "dangling-service",
        w ->
            w.others("Service")
                .anyMatch(
                    service ->
                        Workload.of(w.all())
                            .noneMatch(
                                each -> each.isSelectedBy(service.path("spec").path("selector")))));
    rules.put(
        "exposed-services",
        w ->
            w.others("Service")
                .anyMatch(
                    service ->
                        service
                            .path("spec")
                            .path("type")
                            .asText()
                            .matches("NodePort|LoadBalancer")));
    rules.put(
        "privileged-ports",
        anyContainer((w, c) -> ports(c).stream().anyMatch(port -> port < 1024)));
    rules.put("ssh-port", anyContainer((w, c) -> ports(c).contains(22)));
    rules.put(
        "env-var-secret",
        anyContainer((w, c) -> c.path("env").toString().contains("secretKeyRef")));
    rules.put(
        "duplicate-env-var",
        anyContainer(
            (w, c) ->
                stream(c.path("env")).map(each -> each.path("name")).distinct().count()
                    < c.path("env").size()));
  }

  private static boolean isDeployment(Workload workload) {
    return workload.kind().equals("Deployment");
  }

  private static boolean hasHostNamespace(Workload workload) {
    return List.of("hostNetwork", "hostPID", "hostIPC").stream()
        .anyMatch(name -> workload.pod().path(name).asBoolean());
  }

  /** In the host's network the API makes each port one of the host. */
  private static boolean hasHostPort(Workload workload) {
    return workload.anyContainer(
        container ->
            !container.path("ports").isEmpty()
                && (workload.pod().path("hostNetwork").asBoolean()
                    || container.path("ports").toString().contains("hostPort")));
  }

  private static List<String> added(JsonNode container) {
    return texts(container.path("securityContext").path("capabilities").path("add"));
  }

  private static Predicate<Workload> addsOtherThan(String allowed) {
    return anyContainer((w, c) -> added(c).stream().anyMatch(name -> !name.matches(allowed)));
  }

  private static Predicate<Workload> dropsNotAll() {
    return anyContainer(
        (w, c) ->
            !texts(c.path("securityContext").path("capabilities").path("drop")).contains("ALL"));
  }

  private static Predicate<Workload> escalates() {
    return anyContainer(
        (w, c) -> c.path("securityContext").path("allowPrivilegeEscalation").asBoolean(true));
  }

  private static Predicate<Workload> writesToRoot() {
    return anyContainer(
        (w, c) -> !c.path("securityContext").path("readOnlyRootFilesystem").asBoolean());
  }

  private static Predicate<Workload> seccompIs(String type) {
    return anyContainer(
        (w, c) -> w.security(c, "seccompProfile").path("type").asText().matches(type));
  }

  private static Predicate<Workload> isTaggedLatest() {
    return anyContainer(
        (w, c) -> !c.path("image").asText().matches(".+(:(?!latest$)[\\w.-]+|@sha256:.+)"));
  }

  private static boolean lacks(JsonNode container, String kind, String resource) {
    return !container.path("resources").path(kind).has(resource);
  }

  private static boolean asksNoPortOf(JsonNode probe, JsonNode container) {
    JsonNode port = probe.path(probe.has("tcpSocket") ? "tcpSocket" : "httpGet").path("port");
    return !port.isMissingNode()
        && stream(container.path("ports"))
            .noneMatch(
                each -> port.equals(each.path("name")) || port.equals(each.path("containerPort")));
  }

  private static List<Integer> ports(JsonNode container) {
    return stream(container.path("ports")).map(port -> port.path("containerPort").asInt()).toList();
  }

  private static boolean isIsolated(Workload workload, Predicate<JsonNode> also) {
    return workload
        .others("NetworkPolicy")
        .filter(also)
        .anyMatch(
            policy ->
                workload.isSelectedBy(policy.path("spec").path("podSelector").path("matchLabels")));
  }
}
