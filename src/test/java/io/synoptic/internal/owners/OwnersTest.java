package io.synoptic.internal.owners;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.Owner;
import io.synoptic.testing.CgroupFolders;
import io.synoptic.testing.TestClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnersTest {
  private static final String ID =
      "3f29a1c07be4d85612fe90ab34cd78ef0123456789abcdef0123456789abcdef";
  private static final String UID = "6f1c2f62-2a0b-4d5e-9a37-1b9f6c0e8d21";
  private static final Duration PAUSE = Duration.ofSeconds(5);
  private static final Owner UNNAMED = new Owner("", "3f29a1c07be4", "", "");
  private static final Owner NAMED = new Owner("", "api", "checkout", "shop-7d4b-x2x");

  @TempDir private Path folder;
  private final TestClock clock = new TestClock();
  private CgroupFolders cgroups;
  private Path logs;
  private Owners owners;

  @BeforeEach
  void makeHost() throws IOException {
    cgroups = new CgroupFolders(folder.resolve("sys"), "fs/cgroup");
    logs = folder.resolve("log");
    owners = new Owners(folder.resolve("sys"), folder.resolve("proc"), logs, clock);
  }

  private long container() throws IOException {
    return cgroups.make("/kubepods/burstable/pod" + UID + "/" + ID);
  }

  private void logFolder() throws IOException {
    Files.createDirectories(logs.resolve("pods/checkout_shop-7d4b-x2x_" + UID + "/api"));
  }

  private void logLink() throws IOException {
    Path link = logs.resolve("containers/shop-7d4b-x2x_checkout_api-" + ID + ".log");
    Files.createDirectories(link.getParent());
    // As on a node, of whose log folder only the links are mounted.
    Files.createSymbolicLink(link, Path.of("/nonexistent/api/0.log"));
  }

  @Test
  void aServiceIsAUnit() throws IOException {
    assertThat(owners.of(cgroups.make("/system.slice/nginx.service")))
        .isEqualTo(new Owner("nginx.service", "", "", ""));
  }

  @Test
  void aContainerWithoutAPodHasItsShortId() throws IOException {
    assertThat(owners.of(cgroups.make("/docker/" + ID))).isEqualTo(UNNAMED);
  }

  @Test
  void whatIsNotKnownIsNobodys() {
    assertThat(owners.of(0)).isEqualTo(Owner.NONE);
    assertThat(owners.of(Long.MIN_VALUE)).isEqualTo(Owner.NONE);
  }

  @Test
  void aCgroupThatIsGoneIsStillTheOwnerOfItsSockets() throws IOException {
    long nginx = cgroups.make("/nginx.service");
    Owner owner = owners.of(nginx);
    Files.move(cgroups.root().resolve("nginx.service"), folder.resolve("gone"));
    clock.advance(PAUSE);
    assertThat(owners.of(cgroups.make("/other.service")).unit()).isEqualTo("other.service");
    assertThat(owners.of(nginx)).isEqualTo(owner);
  }

  @Test
  void aServiceThatIsStartedAgainIsTheSameOwner() throws IOException {
    Owner before = owners.of(cgroups.make("/nginx.service"));
    Files.move(cgroups.root().resolve("nginx.service"), folder.resolve("gone"));
    clock.advance(PAUSE);
    assertThat(owners.of(cgroups.make("/nginx.service"))).isEqualTo(before);
  }

  @Test
  void aPodHasTheNamesThatItsLogsHave() throws IOException {
    logFolder();
    logLink();
    assertThat(owners.of(container())).isEqualTo(NAMED);
  }

  @Test
  void theLinkAloneSaysEverything() throws IOException {
    logLink();
    assertThat(owners.of(container())).isEqualTo(NAMED);
  }

  @Test
  void theFolderAloneSaysThePod() throws IOException {
    logFolder();
    assertThat(owners.of(container()))
        .isEqualTo(new Owner("", "3f29a1c07be4", "checkout", "shop-7d4b-x2x"));
  }

  @Test
  void withoutLogsThePodIsEmpty() throws IOException {
    assertThat(owners.of(container())).isEqualTo(UNNAMED);
  }

  @Test
  void namesThatComeLateAreLearnt() throws IOException {
    long id = container();
    assertThat(owners.of(id)).isEqualTo(UNNAMED);
    logLink();
    assertThat(owners.of(id)).isEqualTo(UNNAMED);
    clock.advance(PAUSE);
    assertThat(owners.of(id)).isEqualTo(NAMED);
  }

  @Test
  void namesThatNeverComeAreGivenUp() throws IOException {
    long id = container();
    for (int i = 0; i < 5; i++) {
      assertThat(owners.of(id)).isEqualTo(UNNAMED);
      clock.advance(PAUSE);
    }
    logLink();
    assertThat(owners.of(id)).isEqualTo(UNNAMED);
  }

  @Test
  void aPodThatIsGoneKeepsItsNames() throws IOException {
    logFolder();
    long id = container();
    Owner owner = owners.of(id);
    Files.move(logs, folder.resolve("old-log"));
    clock.advance(PAUSE);
    assertThat(owner.pod()).isNotEmpty();
    assertThat(owners.of(id)).isEqualTo(owner);
  }

  @Test
  void onePodsCgroupHasThePodsNames() throws IOException {
    logFolder();
    assertThat(owners.of(cgroups.make("/kubepods/pod" + UID)))
        .isEqualTo(new Owner("", "", "checkout", "shop-7d4b-x2x"));
  }

  @Test
  void logsOfOthersAreNoNames() throws IOException {
    Files.createDirectories(logs.resolve("pods/lost+found"));
    Path containers = Files.createDirectories(logs.resolve("containers"));
    Files.createFile(containers.resolve("-" + ID + ".log"));
    Files.createFile(containers.resolve("a_b-" + ID + ".log"));
    Files.createFile(containers.resolve("a_b_c-" + ID));
    Files.createFile(containers.resolve("README"));
    assertThat(owners.of(container())).isEqualTo(UNNAMED);
  }
}
