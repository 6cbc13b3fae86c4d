package io.synoptic.chart;

import io.fabric8.kubernetes.api.model.Capabilities;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.Volume;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The profile "restricted" of the Pod Security Standards, for Linux. */
final class PodSecurity {
  private PodSecurity() {}

  /** What a pod does against it; a setting of the pod counts for its containers. */
  static List<String> violations(PodSpec pod) {
    List<String> violations = new ArrayList<>();
    check(violations, isTrue(pod.getHostNetwork()), "hostNetwork");
    check(violations, isTrue(pod.getHostPID()), "hostPID");
    check(violations, isTrue(pod.getHostIPC()), "hostIPC");
    for (Volume volume : pod.getVolumes()) {
      check(violations, volume.getHostPath() != null, "volume " + volume.getName() + ": hostPath");
    }
    PodSecurityContext context =
        Optional.ofNullable(pod.getSecurityContext()).orElseGet(PodSecurityContext::new);
    check(violations, !context.getSysctls().isEmpty(), "sysctls");
    for (Container container : pod.getContainers()) {
      check(container, context, violations);
    }
    return violations;
  }

  private static void check(Container container, PodSecurityContext pod, List<String> violations) {
    SecurityContext own =
        Optional.ofNullable(container.getSecurityContext()).orElseGet(SecurityContext::new);
    String name = container.getName() + ": ";
    check(violations, isTrue(own.getPrivileged()), name + "privileged");
    check(
        violations,
        !Boolean.FALSE.equals(own.getAllowPrivilegeEscalation()),
        name + "allowPrivilegeEscalation");
    Capabilities capabilities =
        Optional.ofNullable(own.getCapabilities()).orElseGet(Capabilities::new);
    check(violations, !capabilities.getDrop().contains("ALL"), name + "capabilities not dropped");
    check(violations, !capabilities.getAdd().isEmpty(), name + "capabilities added");
    check(
        violations,
        !isTrue(own.getRunAsNonRoot() == null ? pod.getRunAsNonRoot() : own.getRunAsNonRoot()),
        name + "runAsNonRoot");
    Long user = own.getRunAsUser() == null ? pod.getRunAsUser() : own.getRunAsUser();
    check(violations, user != null && user == 0, name + "runAsUser");
    String seccomp =
        own.getSeccompProfile() != null
            ? own.getSeccompProfile().getType()
            : pod.getSeccompProfile() == null ? "" : pod.getSeccompProfile().getType();
    check(violations, !seccomp.matches("RuntimeDefault|Localhost"), name + "seccompProfile");
    check(violations, own.getProcMount() != null, name + "procMount");
    for (ContainerPort port : container.getPorts()) {
      check(violations, port.getHostPort() != null, "hostPort");
    }
  }

  private static boolean isTrue(Boolean value) {
    return Boolean.TRUE.equals(value);
  }

  private static void check(List<String> violations, boolean violated, String what) {
    if (violated) {
      violations.add(what);
    }
  }
}
