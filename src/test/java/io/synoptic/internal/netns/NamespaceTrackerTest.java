package io.synoptic.internal.netns;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.NamespaceFilter;
import io.synoptic.NetworkNamespace;
import io.synoptic.internal.ffi.SnapshotLayout;
import io.synoptic.internal.owners.Owners;
import io.synoptic.testing.CgroupFolders;
import io.synoptic.testing.TestSnapshots;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NamespaceTrackerTest {
  private static final String UID = "11111111-2222-3333-4444-555555555555";
  private static final int NO_PID = 0;
  private static final int UNKNOWN = 0;
  private static final int MAX = 100;
  private static final int ROOT = 0;
  private static final int USER = 1000;

  @TempDir private Path folder;
  private long now;
  private NamespaceTracker namespaces;

  @BeforeEach
  void makeHost() throws IOException {
    Files.createDirectories(folder.resolve("log/pods"));
    Files.createDirectories(folder.resolve("netns"));
    namespaces = namespaces(NamespaceFilter.ALL);
  }

  private NamespaceTracker namespaces(NamespaceFilter filter) {
    Owners owners =
        new Owners(folder.resolve("sys"), folder.resolve("proc"), folder.resolve("log"), () -> now);
    return new NamespaceTracker(filter, owners, folder.resolve("netns"), MAX);
  }

  private void process(int pid, String cgroup) throws IOException {
    Path process = Files.createDirectories(folder.resolve("proc/" + pid));
    Files.writeString(process.resolve("cgroup"), "0::" + cgroup + "\n");
  }

  private void pod(String name) throws IOException {
    Files.createDirectories(folder.resolve("log/pods/" + name + "_" + UID));
  }

  private long named(String name) throws IOException {
    Path file = Files.createFile(folder.resolve("netns/" + name));
    return (long) Files.getAttribute(file, "unix:ino");
  }

  private Optional<NetworkNamespace> name(long key, long inode, int pid) {
    return name(key, inode, pid, SnapshotLayout.OWNER_UNKNOWN);
  }

  private Optional<NetworkNamespace> name(long key, long inode, int pid, long cgroup) {
    return namespaces.name(scanned(key, inode, pid, ROOT, cgroup), now);
  }

  private static NamespaceScanner.Scanned scanned(
      long key, long inode, int pid, int owner, long cgroup) {
    return new NamespaceScanner.Scanned(
        key, inode, pid, owner, TestSnapshots.snapshot(cgroup), null, Map.of(), null);
  }

  /** One of {@code owner}'s, whose number is its key. */
  private Optional<NetworkNamespace> owned(long key, int owner) {
    return namespaces.name(scanned(key, key, NO_PID, owner, SnapshotLayout.OWNER_UNKNOWN), now);
  }

  private List<Long> shown(long first, long count, int owner) {
    return LongStream.range(first, first + count)
        .filter(key -> owned(key, owner).isPresent())
        .boxed()
        .toList();
  }

  private void pass(int seconds) {
    now += TimeUnit.SECONDS.toNanos(seconds);
  }

  @Test
  void theOwnHasNoNameAndIsAlwaysShown() {
    namespaces = namespaces(NamespaceFilter.of(List.of("nothing"), List.of()));

    assertThat(name(NamespaceTracker.OWN, 4026531840L, 1)).hasValue(NetworkNamespace.OWN);
  }

  @Test
  void oneWithoutAPodIsShownAfterTenSecondsUnderItsNameOrItsNumber() throws IOException {
    long inode = named("vpn");
    process(7, "/system.slice/vpn.service");

    assertThat(name(1, inode, 7)).isEmpty();
    assertThat(name(2, 4026532177L, NO_PID)).isEmpty();
    pass(9);
    assertThat(name(1, inode, 7)).isEmpty();
    pass(1);
    assertThat(name(1, inode, 7)).hasValue(new NetworkNamespace("vpn", "", ""));
    assertThat(name(2, 4026532177L, NO_PID)).hasValue(new NetworkNamespace("4026532177", "", ""));
  }

  @Test
  void whereNobodyTellsTheNumberAProcessNamesIt() {
    name(-1, UNKNOWN, 42);
    pass(10);

    assertThat(name(-1, UNKNOWN, 42)).hasValue(new NetworkNamespace("pid-42", "", ""));
    assertThat(name(-1, UNKNOWN, 43)).hasValue(new NetworkNamespace("pid-42", "", ""));
  }

  @Test
  void aPodIsShownAsSoonAsItsNameIsKnown() throws IOException {
    process(
        7,
        "/kubepods.slice/kubepods-pod"
            + UID.replace('-', '_')
            + ".slice/cri-"
            + "a".repeat(64)
            + ".scope");

    assertThat(name(1, 4026532177L, 7)).isEmpty();
    pod("shop_web-0");
    pass(6);
    assertThat(name(1, 4026532177L, 7))
        .hasValue(new NetworkNamespace("4026532177", "shop", "web-0"));
  }

  /** As an agent in a cgroup namespace of its own sees other pods, with the cgroupfs driver. */
  @Test
  void aPodIsNamedFromWithinACgroupNamespace() throws IOException {
    process(7, "/../../../burstable/pod" + UID + "/" + "a".repeat(64));
    process(8, "/../../pod" + UID + "/" + "a".repeat(64));
    pod("shop_web-0");

    for (int pid = 7; pid <= 8; pid++) {
      assertThat(name(pid, 4026532170L + pid, pid))
          .hasValue(new NetworkNamespace("402653217" + pid, "shop", "web-0"));
    }
  }

  @Test
  void whereThereIsNoProcessTheSocketsTellThePod() throws IOException {
    CgroupFolders cgroups = new CgroupFolders(folder.resolve("sys"), "fs/cgroup");
    long cgroup = cgroups.make("/kubepods/pod" + UID);
    pod("shop_web-0");
    process(7, "/system.slice/vpn.service");

    assertThat(name(1, 4026532177L, NO_PID, cgroup))
        .hasValue(new NetworkNamespace("4026532177", "shop", "web-0"));
    assertThat(name(2, 4026532178L, 7, cgroup)).isEmpty();
  }

  @Test
  void onceShownItKeepsItsNames() throws IOException {
    process(7, "/kubepods/pod" + UID + "/" + "a".repeat(64));
    name(1, 4026532177L, 7);
    pass(10);
    NetworkNamespace nameless = new NetworkNamespace("4026532177", "", "");
    assertThat(name(1, 4026532177L, 7)).hasValue(nameless);

    pod("shop_web-0");
    pass(60);
    assertThat(name(1, 4026532177L, 7)).hasValue(nameless);
  }

  @Test
  void aNumberThatIsGivenOutAgainIsAnotherNamespaces() {
    name(1, 4026532177L, NO_PID);
    pass(10);
    assertThat(name(1, 4026532177L, NO_PID)).isPresent();
    namespaces.retain(Set.of(2L), now);

    assertThat(name(2, 4026532177L, NO_PID)).isEmpty();
    pass(10);
    assertThat(name(2, 4026532177L, NO_PID)).hasValue(new NetworkNamespace("4026532177", "", ""));
  }

  /** It was unmounted while processes stayed in it, and another has the name now. */
  @Test
  void twoNeverHaveTheSameName() throws IOException {
    long first = named("vpn");
    name(1, first, NO_PID);
    pass(10);
    assertThat(name(1, first, NO_PID)).hasValue(new NetworkNamespace("vpn", "", ""));
    Files.createFile(folder.resolve("netns/other"));
    Files.delete(folder.resolve("netns/vpn"));
    long second = named("vpn");

    name(2, second, NO_PID);
    pass(10);
    assertThat(name(2, second, NO_PID))
        .hasValue(new NetworkNamespace(Long.toString(second), "", ""));
  }

  @Test
  void whatIsFilteredOutIsNotShown() {
    namespaces = namespaces(NamespaceFilter.of(List.of(), List.of("4026532177")));
    name(1, 4026532177L, NO_PID);
    name(2, 4026532178L, NO_PID);
    pass(10);

    assertThat(name(1, 4026532177L, NO_PID)).isEmpty();
    assertThat(name(2, 4026532178L, NO_PID)).isPresent();
  }

  @Test
  void tenThousandAreNamedWithOneLook() throws IOException {
    int many = 10_000;
    for (int i = 0; i < 200; i++) {
      named("tenant-" + i);
    }
    shown(1, many, USER);
    assertThat(namespaces.listings()).isZero();
    pass(10);
    shown(1, many, USER);
    assertThat(namespaces.listings()).isEqualTo(1);
    pass(1);
    shown(1, many, USER);
    assertThat(namespaces.listings()).isEqualTo(1);
    assertThat(namespaces.withoutPlace()).isEqualTo(many - MAX / 10);
  }

  @Test
  void aUsersNeverTakeThePlacesOfPodsOrOfNamedOnes() throws IOException {
    pod("shop_web-0");
    process(7, "/kubepods/pod" + UID + "/" + "a".repeat(64));
    long vpn = named("vpn");
    for (int user = 1; user <= 20; user++) {
      shown(1000L * user, 50, user);
    }
    name(1, vpn, NO_PID);
    pass(10);
    for (int user = 1; user <= 20; user++) {
      shown(1000L * user, 50, user);
    }

    assertThat(name(1, vpn, NO_PID)).hasValue(new NetworkNamespace("vpn", "", ""));
    assertThat(name(2, 4026532177L, 7))
        .hasValue(new NetworkNamespace("4026532177", "shop", "web-0"));
    assertThat(namespaces.withoutPlace()).isEqualTo(20 * 50 - MAX + 2);
    Set<Long> alive = new HashSet<>(Set.of(1L, 2L));
    LongStream.range(1000, 1050).forEach(alive::add);
    assertThat(namespaces.retain(alive, now))
        .contains(NamespaceTracker.OWN, 1L, 2L)
        .hasSize(3 + 10);
  }

  /** A user who may make namespaces in a pod makes no pods. */
  @Test
  void aPodHasOneOfItsOwnAndTheOthersInItAreItsUsers() throws IOException {
    pod("shop_web-0");
    process(7, "/kubepods/pod" + UID + "/" + "a".repeat(64));
    shown(1000, MAX, ROOT);
    pass(10);
    assertThat(shown(1000, MAX, ROOT)).hasSize(MAX);

    assertThat(name(1, 4026532177L, 7)).isPresent();
    assertThat(name(2, 4026532178L, 7)).isEmpty();
    assertThat(namespaces.withoutPlace()).isEqualTo(2);
  }

  @Test
  void whatIsFilteredOutTakesNoPlaceAndIsNotCounted() {
    namespaces = namespaces(NamespaceFilter.of(List.of(), List.of("1??")));
    shown(100, MAX, ROOT);
    shown(200, MAX, ROOT);
    pass(10);

    assertThat(shown(100, MAX, ROOT)).isEmpty();
    assertThat(shown(200, MAX, ROOT)).hasSize(MAX);
    assertThat(namespaces.withoutPlace()).isZero();
  }
}
