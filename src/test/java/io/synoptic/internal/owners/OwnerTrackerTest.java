package io.synoptic.internal.owners;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.synoptic.CgroupConnections;
import io.synoptic.CloseWaitAges;
import io.synoptic.Direction;
import io.synoptic.Owner;
import io.synoptic.OwnerConnections;
import io.synoptic.QueueCounts;
import io.synoptic.StateCounts;
import io.synoptic.TcpState;
import io.synoptic.internal.netns.NamespaceTracker;
import io.synoptic.testing.CgroupFolders;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Owners by name, of cgroups in a folder; time is what the test says it is. */
class OwnerTrackerTest {
  private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

  @TempDir private Path folder;
  private CgroupFolders cgroups;
  private OwnerTracker tracker;
  private long nginx;
  private long redis;
  private long cron;

  @BeforeEach
  void makeHost() throws IOException {
    cgroups = new CgroupFolders(folder.resolve("sys"), "fs/cgroup");
    nginx = cgroups.make("/system.slice/nginx.service");
    redis = cgroups.make("/system.slice/redis.service");
    cron = cgroups.make("/system.slice/cron.service");
    tracker =
        new OwnerTracker(
            new Owners(folder.resolve("sys"), folder.resolve("proc"), folder.resolve("log")),
            new ListenerProcesses(folder.resolve("proc")),
            2);
  }

  /** A cgroup with connections in {@code established}. */
  private static CgroupConnections cgroup(long id, int inbound, int outbound) {
    return CgroupConnections.of(id, established(inbound), established(outbound));
  }

  private static StateCounts established(long count) {
    return StateCounts.of(Map.of(TcpState.ESTABLISHED, count));
  }

  private List<String> scan(long now, CgroupConnections... connections) {
    List<String> shown = new ArrayList<>();
    for (OwnerConnections of :
        tracker.named(NamespaceTracker.OWN, List.of(connections), false, now)) {
      long count = of.connections(TcpState.ESTABLISHED);
      if (!of.owner().equals(Owner.NONE) || count > 0) {
        shown.add(of.owner().unit() + " " + of.direction().label() + " " + count);
      }
    }
    return shown;
  }

  @Test
  void anOwnerIsToldByTheDirectionsItHas() {
    assertThat(scan(0, cgroup(nginx, 5, 0), cgroup(redis, 0, 2)))
        .containsExactly("nginx.service inbound 5", "redis.service outbound 2");
  }

  @Test
  void cgroupsOfOneUnitAreOneOwner() throws IOException {
    long nested = cgroups.make("/system.slice/nginx.service/workers");

    assertThat(scan(0, cgroup(nginx, 5, 0), cgroup(nested, 2, 0)))
        .containsExactly("nginx.service inbound 7");
  }

  @Test
  void whoseOwnerIsNotKnownIsStillCounted() {
    assertThat(scan(0, cgroup(0, 3, 1), cgroup(4711, 1, 0)))
        .containsExactly(" inbound 4", " outbound 1");
  }

  @Test
  void whoFindsNoPlaceIsFoldedAndWhoHasOneKeepsIt() {
    assertThat(
            scan(
                0,
                cgroup(nginx, 5, 0),
                cgroup(redis, 0, 2),
                cgroup(cron, 0, 4),
                new CgroupConnections(
                    CgroupConnections.Kind.OTHER,
                    OptionalLong.empty(),
                    StateCounts.ZERO,
                    established(1),
                    QueueCounts.ZERO,
                    QueueCounts.ZERO,
                    Optional.empty(),
                    Optional.empty())))
        .containsExactly("nginx.service inbound 5", "redis.service outbound 2", "other outbound 5");
    assertThat(scan(MINUTE, cgroup(cron, 0, 4), cgroup(redis, 0, 3)))
        .containsExactlyInAnyOrder(
            "nginx.service inbound 0", "redis.service outbound 3", "other outbound 4");
  }

  private static CgroupConnections queues(long id, QueueCounts inbound, QueueCounts outbound) {
    return new CgroupConnections(
        CgroupConnections.Kind.CGROUP,
        OptionalLong.of(id),
        established(1),
        established(1),
        inbound,
        outbound,
        Optional.empty(),
        Optional.empty());
  }

  private static CgroupConnections ages(long id, Optional<CloseWaitAges> inbound) {
    return new CgroupConnections(
        CgroupConnections.Kind.CGROUP,
        OptionalLong.of(id),
        established(1),
        StateCounts.ZERO,
        QueueCounts.ZERO,
        QueueCounts.ZERO,
        inbound,
        inbound.map(known -> CloseWaitAges.NONE));
  }

  private static Optional<CloseWaitAges> ages(int seconds, int minute, int tenMinutes, int hour) {
    return Optional.of(new CloseWaitAges(Duration.ofSeconds(seconds), minute, tenMinutes, hour));
  }

  private Optional<CloseWaitAges> ofNginx(boolean known, CgroupConnections... cgroups) {
    return tracker.named(NamespaceTracker.OWN, List.of(cgroups), known, 0).stream()
        .filter(of -> of.owner().unit().equals("nginx.service"))
        .findFirst()
        .orElseThrow()
        .closeWait();
  }

  @Test
  void anOwnerIsAsOldAsTheOldestOfItsCgroups() throws IOException {
    long nested = cgroups.make("/system.slice/nginx.service/workers");
    Optional<CloseWaitAges> more = ages(700, 3, 1, 0);

    assertThat(ofNginx(true, ages(nginx, ages(70, 2, 0, 0)), ages(nested, more)))
        .isEqualTo(ages(700, 5, 1, 0));
    assertThat(ofNginx(true, ages(nested, more), ages(nginx, ages(4000, 1, 1, 1))))
        .isEqualTo(ages(4000, 4, 2, 1));
    assertThat(ofNginx(true, ages(redis, more))).contains(CloseWaitAges.NONE);
    assertThat(ofNginx(false, ages(nginx, Optional.empty()))).isEmpty();
  }

  @Test
  void anOwnerHasTheQueuesOfAllItsCgroupsByDirection() throws IOException {
    long nested = cgroups.make("/system.slice/nginx.service/workers");

    assertThat(
            tracker.named(
                NamespaceTracker.OWN,
                List.of(
                    queues(nginx, new QueueCounts(10, 20, 1, 2), new QueueCounts(3, 0, 1, 0)),
                    queues(nested, new QueueCounts(1, 2, 3, 4), QueueCounts.ZERO)),
                false,
                0))
        .filteredOn(of -> of.owner().unit().equals("nginx.service"))
        .extracting(OwnerConnections::direction, OwnerConnections::queues)
        .containsExactly(
            tuple(Direction.INBOUND, new QueueCounts(11, 22, 4, 6)),
            tuple(Direction.OUTBOUND, new QueueCounts(3, 0, 1, 0)));
  }

  @Test
  void anOwnerWithoutConnectionsShowsZerosForTenMinutes() {
    scan(0, cgroup(nginx, 5, 0));
    assertThat(scan(10 * MINUTE)).containsExactly("nginx.service inbound 0");
    assertThat(scan(10 * MINUTE + 1)).isEmpty();
    assertThat(scan(11 * MINUTE, cgroup(cron, 1, 1)))
        .containsExactly("cron.service inbound 1", "cron.service outbound 1");
  }

  @Test
  void ownersThatComeAndGoMakeNoSeriesWithoutEnd() throws IOException {
    int scans = 7;
    for (int i = 0; i < scans; i++) {
      cgroups.make("/system.slice/run-" + i + ".service");
    }
    List<String> shown = new ArrayList<>();
    for (int i = 0; i < scans; i++) {
      long id = cgroups.make("/system.slice/run-" + i + ".service");
      long now = i * (OwnerTracker.MEMORY + 1);
      scan(now - MINUTE, cgroup(nginx, 1, 0));
      shown.addAll(scan(now, cgroup(nginx, 1, 0), cgroup(id, 1, 0)));
    }
    assertThat(shown.stream().filter(line -> line.startsWith("run-"))).hasSize(1 + 2);
    assertThat(shown.stream().filter(line -> line.startsWith("nginx"))).hasSize(scans);
    assertThat(shown).contains("other inbound 1");
  }

  @Test
  void requestAndTimewaitSocketsHaveNoOwner() {
    for (OwnerConnections of :
        tracker.named(NamespaceTracker.OWN, List.of(cgroup(nginx, 1, 1)), false, 0)) {
      boolean nobody = of.owner().equals(Owner.NONE);
      assertThat(of.states().contains(TcpState.TIME_WAIT)).isEqualTo(nobody);
      assertThat(of.states().contains(TcpState.SYN_RECV)).isEqualTo(nobody);
    }
  }

  @Test
  void allNamespacesShareThePlacesAndOneThatHasGoneLeavesIts() {
    tracker.named(1, List.of(cgroup(nginx, 1, 1)), false, 0);
    assertThat(owners(tracker.named(2, List.of(cgroup(redis, 1, 0)), false, 0)))
        .containsExactly("other");

    tracker.retain(Set.of(2L));
    assertThat(owners(tracker.named(2, List.of(cgroup(redis, 1, 0)), false, 0)))
        .containsExactly("redis.service");
  }

  private static List<String> owners(List<OwnerConnections> shown) {
    return shown.stream()
        .map(of -> of.owner().unit())
        .filter(unit -> !unit.isEmpty())
        .distinct()
        .toList();
  }
}
