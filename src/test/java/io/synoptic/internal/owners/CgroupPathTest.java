package io.synoptic.internal.owners;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each layout with the source file that makes it, in the project named before. */
class CgroupPathTest {
  private static final String ID =
      "3f29a1c07be4d85612fe90ab34cd78ef0123456789abcdef0123456789abcdef";
  private static final String OUTER =
      "00aa11bb22cc33dd44ee55ff66007711882299339944aa55bb66cc77dd88ee99";
  private static final String UID = "6f1c2f62-2a0b-4d5e-9a37-1b9f6c0e8d21";
  private static final String SLICE = UID.replace('-', '_');

  private static void path(String path, String unit, String container, String podUid) {
    assertThat(CgroupPath.parse(path)).isEqualTo(new CgroupPath(unit, container, podUid));
  }

  /** systemd: src/basic/cgroup-util.c (cg_path_get_unit, cg_escape), src/basic/special.h. */
  @Test
  void systemdOnTheHost() {
    path("/system.slice/nginx.service", "nginx.service", "", "");
    path(
        "/system.slice/system-postgresql.slice/postgresql@15-main.service",
        "postgresql@15-main.service",
        "",
        "");
    path("/system.slice/docker.service/worker", "docker.service", "", "");
    path("/system.slice/ssh.socket", "ssh.socket", "", "");
    path("/system.slice/srv-data.mount", "srv-data.mount", "", "");
    path("/system.slice/my\\x2dapp.service", "my\\x2dapp.service", "", "");
    path("/system.slice/_cgroup.service", "cgroup.service", "", "");
    path("/init.scope", "init.scope", "", "");
  }

  /** systemd: src/login/logind-session.c (session_start_scope), units/user@.service.in. */
  @Test
  void systemdOfUsers() {
    String user = "/user.slice/user-1000.slice";
    path(user + "/session-3.scope", "session-3.scope", "", "");
    path(user + "/user@1000.service/app.slice/web.service", "user@1000/web.service", "", "");
    path(user + "/user@1000.service/app.slice/a.scope/b.scope", "user@1000/a.scope", "", "");
    path(
        user + "/user@1000.service/user@0.service/nginx.service",
        "user@1000/user@0.service",
        "",
        "");
    path(user + "/user@1000.service/init.scope", "user@1000.service", "", "");
  }

  /** kubernetes: pkg/kubelet/cm/cgroup_manager_linux.go (CgroupName.ToSystemd). */
  @ParameterizedTest
  @ValueSource(
      strings = {
        // containerd: internal/cri/server/helpers.go (getCgroupsPath)
        "cri-containerd-%s.scope",
        // cri-o: internal/config/cgmgr/systemd_linux.go (ContainerCgroupAbsolutePath)
        "crio-%s.scope",
        // cri-o with crun: internal/config/cgmgr/cgmgr_linux.go (crunContainerCgroupManager)
        "crio-%s.scope/container",
        // cri-dockerd, moby: daemon/oci_linux.go (withCgroups)
        "docker-%s.scope",
      })
  void kubeletWithTheSystemdDriver(String scope) {
    String container = String.format(scope, ID);
    String slice = "/kubepods.slice/kubepods-";
    path(slice + "pod" + SLICE + ".slice/" + container, "", ID, UID);
    path(
        slice + "burstable.slice/kubepods-burstable-pod" + SLICE + ".slice/" + container,
        "",
        ID,
        UID);
    path(
        slice + "besteffort.slice/kubepods-besteffort-pod" + SLICE + ".slice/" + container,
        "",
        ID,
        UID);
    path(
        slice + "pod" + SLICE + ".slice/" + container + "/system.slice/cron.service",
        "cron.service",
        ID,
        UID);
    path(slice + "pod" + SLICE + ".slice/" + container + "/init.scope", "", ID, UID);
  }

  /** kubernetes: pkg/kubelet/cm/pod_container_manager_linux.go (GetPodContainerName). */
  @Test
  void kubeletWithTheCgroupfsDriver() {
    path("/kubepods/burstable/pod" + UID + "/" + ID, "", ID, UID);
    path("/kubepods/besteffort/pod" + UID + "/" + ID + "/podman", "", ID, UID);
    path("/kubepods/pod" + UID + "/" + ID, "", ID, UID);
    // cri-o: internal/config/cgmgr/cgroupfs_linux.go (ContainerCgroupPath)
    path("/kubepods/pod" + UID + "/crio-" + ID, "", ID, UID);
    // A pod from a file has a hash for its uid: pkg/kubelet/config/common.go (applyDefaults).
    String hash = UID.replace("-", "");
    path("/kubepods/burstable/pod" + hash + "/" + ID, "", ID, hash);
    path("/kubepods/burstable/pod" + UID, "", "", UID);
  }

  /** runc: libcontainer/specconv/spec_linux.go reads the colons for its systemd driver alone. */
  @Test
  void kubeletAndRuntimeThatDisagreeOnTheDriver() {
    String name = "kubepods-burstable-pod" + SLICE + ".slice:cri-containerd:" + ID;
    path("/system.slice/containerd.service/" + name, "", ID, UID);
    path(
        "/system.slice/containerd.service/system.slice:nerdctl:" + ID,
        "containerd.service",
        ID,
        "");
  }

  /** moby: daemon/oci_linux.go (withCgroups). */
  @Test
  void docker() {
    path("/system.slice/docker-" + ID + ".scope", "", ID, "");
    path("/docker/" + ID, "", ID, "");
    path("/docker/" + ID + "/system.slice/nginx.service", "nginx.service", ID, "");
    path("/docker/" + ID + "/init.scope", "", ID, "");
    String rootless = "/user.slice/user-1000.slice/user@1000.service";
    path(rootless + "/user.slice/docker-" + ID + ".scope", "user@1000.service", ID, "");
  }

  /**
   * podman: libpod/container_internal_linux.go (getOCICgroupPath), libpod/oci_conmon_linux.go
   * (moveConmonToCgroupAndSignal); crun: src/libcrun/cgroup-systemd.c (find_systemd_subgroup).
   */
  @Test
  void podman() {
    path("/machine.slice/libpod-" + ID + ".scope", "", ID, "");
    path("/machine.slice/libpod-" + ID + ".scope/container", "", ID, "");
    path(
        "/machine.slice/machine-libpod_pod_" + OUTER + ".slice/libpod-" + ID + ".scope/container",
        "",
        ID,
        "");
    String rootless = "/user.slice/user-1000.slice/user@1000.service/user.slice/";
    path(rootless + "libpod-" + ID + ".scope/container", "user@1000.service", ID, "");
    path("/libpod_parent/libpod-" + ID, "", ID, "");
    path("/system.slice/web.service/libpod-payload-" + ID, "web.service", ID, "");
    String monitor = "libpod-conmon-" + ID + ".scope";
    path("/machine.slice/" + monitor, monitor, "", "");
    path("/libpod_parent/conmon", "", "", "");
  }

  /**
   * containerd: pkg/oci/spec.go (populateDefaultUnixSpec); nerdctl:
   * pkg/cmd/container/run_cgroup_linux.go (generateCgroupPath).
   */
  @Test
  void containerdByItself() {
    path("/default/redis", "", "redis", "");
    path("/default/" + ID, "", ID, "");
    path("/system.slice/nerdctl-" + ID + ".scope", "", ID, "");
  }

  /**
   * systemd: src/machine/machine.c (machine_start_scope), src/nspawn/nspawn-cgroup.c
   * (create_subcgroup), units/systemd-nspawn@.service.in.
   */
  @Test
  void systemdNspawn() {
    path(
        "/machine.slice/machine-my\\x2dbox.scope/payload/system.slice/nginx.service",
        "nginx.service",
        "my-box",
        "");
    path("/machine.slice/machine-box.scope/payload", "machine-box.scope", "box", "");
    path("/machine.slice/machine-box.scope/init.scope", "machine-box.scope", "box", "");
    path(
        "/machine.slice/systemd-nspawn@box.service/payload/init.scope",
        "systemd-nspawn@box.service",
        "box",
        "");
    path(
        "/machine.slice/systemd-nspawn@box.service/supervisor",
        "systemd-nspawn@box.service",
        "",
        "");
  }

  /** libvirt: src/util/vircgroup.c makes a "libvirt" group in the scope that machined gives it. */
  @Test
  void aVirtualMachineIsNoContainer() {
    String scope = "machine-qemu\\x2d1\\x2ddb.scope";
    path("/machine.slice/" + scope + "/libvirt/emulator", scope, "", "");
  }

  /** A user names cgroups in what is his as he likes. */
  @Test
  void whatIsBelowAUnitIsNoOtherUnitAndNoPod() {
    path("/system.slice/app.service/nginx.service", "app.service", "", "");
    path("/system.slice/app.service/system.slice/nginx.service", "app.service", "", "");
    path("/nginx/nginx.service", "", "", "");
    String user = "/user.slice/user-1000.slice/user@1000.service";
    for (String pod :
        Arrays.asList(
            "/kubepods/pod" + UID + "/" + ID,
            "/kubepods.slice/kubepods-pod" + SLICE + ".slice/cri-containerd-" + ID + ".scope",
            "/kubepods-pod" + SLICE + ".slice:cri-containerd:" + ID)) {
      path(user + pod, "user@1000.service", ID, "");
    }
    path(
        "/user.slice/user-1000.slice/session-3.scope/kubepods/pod" + UID,
        "session-3.scope",
        "",
        "");
    path(user + "/lxc/box/system.slice/nginx.service", "user@1000/nginx.service", "box", "");
  }

  private static void foreign(
      String roots, String path, String unit, String container, String podUid) {
    assertThat(CgroupPath.parse(roots + path, roots.length()))
        .isEqualTo(new CgroupPath(unit, container, podUid));
  }

  @Test
  void onlyWhatRootMadeNamesAUnitAContainerOrAPod() {
    foreign("/foo", "/nginx.service", "", "", "");
    foreign("/foo.slice", "/nginx.service", "", "", "");
    foreign("/foo", "/docker-" + ID + ".scope", "", "", "");
    foreign("/foo", "/kubepods/pod" + UID + "/" + ID, "", "", "");
    foreign("/docker/" + OUTER, "/kubepods/pod" + UID, "", OUTER, "");
    foreign("/docker/" + OUTER, "/docker/" + ID, "", OUTER, "");
    foreign("/docker/" + OUTER, "/system.slice/nginx.service", "nginx.service", OUTER, "");
    String app = "/system.slice/app.service";
    foreign(app, "/kubepods-pod" + SLICE + ".slice:cri:" + ID, "app.service", ID, "");
    foreign(app, "/docker-" + ID + ".scope/system.slice/nginx.service", "app.service", ID, "");
  }

  /** /proc/PID/cgroup shows other cgroups from the reader's own, with the cgroupfs driver. */
  @Test
  void aPathThatStartsAboveTheReadersOwnCgroup() {
    path("/../../../burstable/pod" + UID + "/" + ID, "", ID, UID);
    path("/../../../besteffort/pod" + UID + "/" + ID, "", ID, UID);
    path("/../../pod" + UID + "/" + ID, "", ID, UID);
    path("/../../../kubepods/burstable/pod" + UID + "/" + ID, "", ID, UID);
    path("/../" + ID, "", ID, "");
    path("/../../kubepods-burstable-pod" + SLICE + ".slice/cri-" + ID + ".scope", "", ID, UID);
    path("/../../../system.slice/nginx.service", "nginx.service", "", "");
    path("/../../podium/x", "", "", "");
    path("/../..", "", "", "");
    path("/../../user.slice/user@1.service/burstable/pod" + UID, "user@1.service", "", "");
  }

  /** Proxmox: src/PVE/LXC/Config.pm (lxc.cgroup.dir.container.inner); LXC 2 to 3, LXD 2 to 3. */
  @Test
  void lxcGuestsWhereverTheyHaveBeenPut() {
    path("/lxc/101/ns/system.slice/nginx.service", "nginx.service", "101", "");
    path("/lxc/101/ns/init.scope", "", "101", "");
    path("/lxc/101", "", "101", "");
    path("/lxc/box/system.slice/cron.service", "cron.service", "box", "");
    path("/lxc.payload/box/init.scope", "", "box", "");
    path("/lxc.payload.project_box/system.slice/a.service", "a.service", "project_box", "");
    path("/lxc.payload.box/lxc/inner/ns/system.slice/a.service", "a.service", "inner", "");
    path("/lxc.payload.box/.lxc", "", "box", "");
    path("/lxc.monitor/101", "", "", "");
    path("/lxc.monitor.box", "", "", "");
  }

  /** lxc: src/lxc/cgroups/cgroup.h (DEFAULT_PAYLOAD_CGROUP_PREFIX). */
  @Test
  void lxc() {
    path("/lxc.payload.box/system.slice/nginx.service", "nginx.service", "box", "");
    path("/lxc.payload.box/init.scope", "", "box", "");
    path("/lxc.monitor.box", "", "", "");
  }

  /** kind: pkg/cluster/internal/kubeadm/config.go (cgroupRoot: /kubelet). */
  @Test
  void theInnermostWins() {
    path(
        "/system.slice/docker-"
            + OUTER
            + ".scope/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod"
            + SLICE
            + ".slice/cri-containerd-"
            + ID
            + ".scope",
        "",
        ID,
        UID);
    path("/docker/" + OUTER + "/docker/" + ID, "", ID, "");
    path("/docker/" + OUTER + "/system.slice/docker-" + ID + ".scope", "", ID, "");
  }

  @Test
  void whatIsNotKnownIsEmpty() {
    for (String path :
        Arrays.asList(
            "/", "", "/system.slice", "/foo", "/foo/bar", "/.service", "//", "/kubepods")) {
      path(path, "", "", "");
    }
    path("/nomad.slice/share.slice/alloc.web.scope", "alloc.web.scope", "", "");
  }

  @Test
  void aLabelHasTheShortId() {
    assertThat(CgroupPath.parse("/docker/" + ID).shortContainer()).isEqualTo("3f29a1c07be4");
    assertThat(CgroupPath.parse("/lxc.payload.box").shortContainer()).isEqualTo("box");
  }
}
