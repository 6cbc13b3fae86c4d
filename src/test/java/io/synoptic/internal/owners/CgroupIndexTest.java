package io.synoptic.internal.owners;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.synoptic.testing.CgroupFolders;
import io.synoptic.testing.TestClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CgroupIndexTest {
  private static final Duration PAUSE = Duration.ofSeconds(5);

  @TempDir private Path folder;
  private final TestClock clock = new TestClock();
  private CgroupFolders cgroups;
  private CgroupIndex index;

  @BeforeEach
  void makeHierarchy() throws IOException {
    cgroups = new CgroupFolders(folder.resolve("sys"), "fs/cgroup");
    index = index();
  }

  private CgroupIndex index() {
    return new CgroupIndex(folder.resolve("sys"), folder.resolve("proc"), clock);
  }

  /** An id that no folder has. */
  private static long unknown(int number) {
    return Long.MIN_VALUE + number;
  }

  @Test
  void aCgroupIsFoundByItsId() throws IOException {
    long nginx = cgroups.make("/system.slice/nginx.service");
    long nested = cgroups.make("/a.slice/a-b.slice/c.service/x/y");
    assertThat(index.path(nginx)).isEqualTo("/system.slice/nginx.service");
    assertThat(index.path(nested)).isEqualTo("/a.slice/a-b.slice/c.service/x/y");
    assertThat(index.path(CgroupFolders.id(cgroups.root()))).isEqualTo("/");
  }

  @Test
  void aFileIsNoCgroup() throws IOException {
    cgroups.make("/one.service");
    long file = CgroupFolders.id(cgroups.root().resolve("cgroup.procs"));
    assertThat(index.path(file)).isNull();
  }

  @Test
  void onAHybridHostTheUnifiedHierarchyIsWalked() throws IOException {
    CgroupFolders unified = new CgroupFolders(folder.resolve("hybrid"), "fs/cgroup/unified");
    Path memory = unified.sysfs().resolve("fs/cgroup/memory/docker/1");
    long version1 = CgroupFolders.id(Files.createDirectories(memory));
    long version2 = unified.make("/system.slice/nginx.service");
    CgroupIndex hybrid = new CgroupIndex(unified.sysfs(), folder.resolve("proc"), clock);
    assertThat(hybrid.path(version2)).isEqualTo("/system.slice/nginx.service");
    assertThat(hybrid.path(version1)).isNull();
  }

  @Test
  void nothingIsWalkedUntilAnIdIsAskedFor() throws IOException {
    long one = cgroups.make("/one.service");
    long two = cgroups.make("/two.service");
    assertThat(index.walks()).isZero();
    assertThat(index.path(one)).isNotNull();
    assertThat(index.path(two)).isNotNull();
    assertThat(index.walks()).isEqualTo(1);
  }

  @Test
  void aNewCgroupIsFoundAfterThePause() throws IOException {
    index.path(cgroups.make("/one.service"));
    long two = cgroups.make("/two.service");
    assertThat(index.path(two)).isNull();
    clock.advance(PAUSE);
    assertThat(index.path(two)).isEqualTo("/two.service");
    assertThat(index.walks()).isEqualTo(2);
  }

  @Test
  void whatIsGoneIsForgotten() throws IOException {
    long one = cgroups.make("/one.service");
    assertThat(index.path(one)).isNotNull();
    // The number would be used again here, and by no kernel.
    Files.move(cgroups.root().resolve("one.service"), folder.resolve("kept"));
    clock.advance(PAUSE);
    assertThat(index.path(cgroups.make("/one.service"))).isEqualTo("/one.service");
    assertThat(index.path(one)).isNull();
  }

  @Test
  void hundredsOfThousandsOfUnknownIdsCostAWalkAPause() {
    for (int i = 0; i < 300_000; i++) {
      assertThat(index.path(unknown(i))).isNull();
    }
    assertThat(index.walks()).isEqualTo(1);
    clock.advance(PAUSE);
    for (int i = 0; i < 300_000; i++) {
      index.path(unknown(i));
    }
    assertThat(index.walks()).isEqualTo(2);
  }

  @Test
  void idsThatAreGoneAreNotSearchedForAgain() {
    for (int scan = 0; scan < 100; scan++) {
      for (int i = 0; i < 1000; i++) {
        assertThat(index.path(unknown(i))).isNull();
      }
      clock.advance(PAUSE);
    }
    // The first for the first id, the second for those that came while it paused.
    assertThat(index.walks()).isEqualTo(2);
  }

  @Test
  void aWalkIsBounded() throws IOException {
    for (int i = 0; i < 20; i++) {
      cgroups.make("/s.slice/" + i + ".service");
    }
    List<CgroupMount> mounts = List.of(new CgroupMount(cgroups.root(), ""));
    assertThat(CgroupTree.read(mounts, 7, Set.of()).size()).isEqualTo(7);
    assertThat(CgroupTree.read(mounts, 1000, Set.of()).size()).isEqualTo(22);
  }

  /** 25,000 cgroups of a user once took the names of all services that were started after them. */
  @Test
  void whatIsMadeInAUnitTakesNobodysPlace() throws IOException {
    for (int i = 0; i < 100; i++) {
      cgroups.make("/a.slice/user@1000.service/" + i + ".scope");
    }
    long wanted = cgroups.make("/a.slice/user@1000.service/wanted.scope/x");
    long nginx = cgroups.make("/z.slice/nginx.service");
    List<CgroupMount> mounts = List.of(new CgroupMount(cgroups.root(), ""));

    CgroupTree tree = CgroupTree.read(mounts, 50, Set.of());
    assertThat(tree.path(nginx)).isEqualTo("/z.slice/nginx.service");
    assertThat(tree.size()).isLessThan(50);
    assertThat(tree.isCut()).isTrue();
    CgroupTree whole = CgroupTree.read(mounts, 20_000, Set.of());
    assertThat(whole.path(wanted)).isEqualTo("/a.slice/user@1000.service/wanted.scope/x");
    assertThat(whole.isCut()).isFalse();
  }

  @Test
  void whatIsAskedForIsFoundBeyondAShare() throws IOException {
    long[] ids = new long[30];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = cgroups.make("/a.slice/user@1000.service/deep/" + i + "/x");
    }
    List<CgroupMount> mounts = List.of(new CgroupMount(cgroups.root(), ""));
    for (int i = 0; i < ids.length; i++) {
      CgroupTree tree = CgroupTree.read(mounts, 200, Set.of(ids[i]));
      assertThat(tree.path(ids[i])).isEqualTo("/a.slice/user@1000.service/deep/" + i + "/x");
      assertThat(tree.size()).isLessThan(4 + 2 * ids.length);
    }
  }

  @Test
  void whatAUserMadeIsNoUnitAndNoPod() throws IOException {
    String uid = "6f1c2f62-2a0b-4d5e-9a37-1b9f6c0e8d21";
    long app = cgroups.make("/system.slice/app.service");
    Path folder = cgroups.root().resolve("system.slice/app.service");
    long unit = cgroups.make("/system.slice/app.service/nginx.service");
    long pod = cgroups.make("/system.slice/app.service/kubepods/pod" + uid);
    long top = cgroups.make("/plain/kubepods/pod" + uid);
    giveAway(folder);
    giveAway(cgroups.root().resolve("plain"));

    CgroupPath appService = new CgroupPath("app.service", "", "");
    assertThat(index.find(app)).isEqualTo(appService);
    assertThat(index.find(unit)).isEqualTo(appService);
    assertThat(index.find(pod)).isEqualTo(appService);
    assertThat(index.find(top)).isEqualTo(new CgroupPath("", "", ""));
    assertThat(index.read("/plain/kubepods/pod" + uid).podUid()).isEmpty();
    assertThat(index.read("/plain/kubepods/pod" + uid + "/gone").podUid()).isEmpty();
    cgroups.make("/kubepods/pod" + uid);
    assertThat(index.read("/kubepods/pod" + uid).podUid()).isEqualTo(uid);
    assertThat(index.read("/elsewhere/kubepods/pod" + uid).podUid()).isEqualTo(uid);
    assertThat(index.read("/../../pod" + uid).podUid()).isEqualTo(uid);
  }

  private static void giveAway(Path folder) throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "only root can give folders away");
    Files.setAttribute(folder, "unix:uid", 54321);
  }

  @Test
  void aWalkGoesDownSoFar() throws IOException {
    long deep = cgroups.make("/d".repeat(32));
    long tooDeep = cgroups.make("/d".repeat(33));
    assertThat(index.path(deep)).isEqualTo("/d".repeat(32));
    assertThat(index.path(tooDeep)).isNull();
  }

  @Test
  void aMountOfAPartIsWalkedOnlyWhereTheWholeIsNotThere() throws IOException {
    long box = cgroups.make("/machine.slice/box.scope");
    long web = cgroups.make("/machine.slice/box.scope/web.service");
    Path part = cgroups.root().resolve("machine.slice/box.scope");
    CgroupMount whole = new CgroupMount(cgroups.root(), "");
    CgroupMount box2 = new CgroupMount(part, "/elsewhere");

    CgroupTree both = CgroupTree.read(List.of(whole, box2), 1000, Set.of());
    assertThat(both.path(web)).isEqualTo("/machine.slice/box.scope/web.service");
    assertThat(both.size()).isEqualTo(4);
    CgroupTree alone = CgroupTree.read(List.of(box2), 1000, Set.of());
    assertThat(alone.path(web)).isEqualTo("/elsewhere/web.service");
    assertThat(alone.path(box)).isEqualTo("/elsewhere");
  }

  @Test
  void aLinkIsNotFollowed() throws IOException {
    cgroups.make("/one.service");
    Path elsewhere = Files.createDirectories(folder.resolve("elsewhere/deep"));
    Files.createSymbolicLink(cgroups.root().resolve("link"), elsewhere.getParent());
    assertThat(index.path(CgroupFolders.id(elsewhere))).isNull();
    assertThat(index.path(CgroupFolders.id(elsewhere.getParent()))).isNull();
  }

  @Test
  void aHostWithoutTheHierarchyKnowsNoPath() {
    Path nowhere = folder.resolve("nowhere");
    assertThat(new CgroupIndex(nowhere, nowhere, clock).path(1)).isNull();
  }

  @Test
  void thisProcessFindsItsOwnCgroup() throws IOException {
    String line =
        Files.readAllLines(Path.of("/proc/self/cgroup")).stream()
            .filter(l -> l.startsWith("0::/"))
            .findFirst()
            .orElse("");
    assumeTrue(!line.isEmpty(), "no cgroup v2");
    String own = line.substring("0::".length());
    assumeTrue(!own.startsWith("/.."), "in a cgroup outside the namespace");
    List<CgroupMount> mounts = CgroupMount.find(Path.of("/sys"), Path.of("/proc"));
    assumeTrue(!mounts.isEmpty(), "no cgroup v2 is mounted");

    Path mount = mounts.get(0).directory();
    long id = CgroupFolders.id(Path.of(mount + own.substring(mounts.get(0).root().length())));
    CgroupIndex real = new CgroupIndex(Path.of("/sys"), Path.of("/proc"), System::nanoTime);
    assertThat(real.path(id)).isEqualTo(own);
  }
}
