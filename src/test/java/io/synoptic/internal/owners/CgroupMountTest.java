package io.synoptic.internal.owners;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CgroupMountTest {
  @TempDir private Path folder;
  private Path sysfs;
  private Path procfs;

  @BeforeEach
  void makeFolders() throws IOException {
    sysfs = Files.createDirectories(folder.resolve("sys"));
    procfs = Files.createDirectories(folder.resolve("proc"));
  }

  private Path hierarchy(String place) throws IOException {
    Path directory = Files.createDirectories(sysfs.resolve(place));
    Files.createFile(directory.resolve("cgroup.controllers"));
    return directory;
  }

  private void mounted(String... lines) throws IOException {
    Files.createDirectories(procfs.resolve("self"));
    Files.writeString(procfs.resolve("self/mountinfo"), String.join("\n", lines) + "\n");
  }

  @Test
  void theUnifiedHierarchyIsFoundWithoutProcfs() throws IOException {
    Path unified = hierarchy("fs/cgroup");
    assertThat(CgroupMount.find(sysfs, procfs)).containsExactly(new CgroupMount(unified, ""));
  }

  @Test
  void onAHybridHostItStandsBesideTheOthers() throws IOException {
    Path unified = hierarchy("fs/cgroup/unified");
    Files.createDirectories(sysfs.resolve("fs/cgroup/memory"));
    mounted(
        "31 23 0:28 / " + sysfs + "/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755",
        "35 31 0:32 / " + sysfs + "/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory",
        "41 31 0:38 / " + unified + " rw,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate");
    assertThat(CgroupMount.find(sysfs, procfs)).containsExactly(new CgroupMount(unified, ""));
  }

  @Test
  void theHostsMountComesBeforeAContainersOwn() throws IOException {
    Path host = hierarchy("fs/cgroup");
    mounted(
        "40 22 0:26 / /sys/fs/cgroup ro - cgroup2 cgroup rw",
        "50 22 0:26 /../.. " + host + " ro - cgroup2 cgroup rw");
    assertThat(CgroupMount.find(sysfs, procfs))
        .containsExactly(new CgroupMount(host, ""), new CgroupMount(Path.of("/sys/fs/cgroup"), ""));
  }

  @Test
  void aPartOfTheHierarchyHasThePathOfItsRoot() throws IOException {
    mounted(
        "40 22 0:26 /system.slice/docker-1.scope /mnt/cgroups\\040here rw - cgroup2 cgroup2 rw",
        "41 22 0:26 /../../lxc.payload.box /mnt/b rw - cgroup2 none rw");
    assertThat(CgroupMount.find(sysfs, procfs))
        .containsExactly(
            new CgroupMount(Path.of("/mnt/cgroups here"), "/system.slice/docker-1.scope"),
            new CgroupMount(Path.of("/mnt/b"), "/lxc.payload.box"));
  }

  @Test
  void aHostMayHaveNone() throws IOException {
    assertThat(CgroupMount.find(sysfs, procfs)).isEmpty();
    mounted("35 31 0:32 / /sys/fs/cgroup/cpu rw - cgroup cgroup2 rw,cpu");
    assertThat(CgroupMount.find(sysfs, procfs)).isEmpty();
  }
}
