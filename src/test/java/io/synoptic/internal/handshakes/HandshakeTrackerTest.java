package io.synoptic.internal.handshakes;

import static io.synoptic.testing.TestHandshakes.numbers;
import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.HandshakeCounts;
import io.synoptic.HandshakeFigures;
import io.synoptic.PortSet;
import io.synoptic.internal.listeners.ListenerTrackers;
import io.synoptic.internal.netns.NamespaceTracker;
import io.synoptic.internal.owners.ListenerProcesses;
import io.synoptic.internal.owners.OwnerTracker;
import io.synoptic.internal.owners.Owners;
import io.synoptic.testing.CgroupFolders;
import io.synoptic.testing.TestHandshakes;
import io.synoptic.testing.TestListeners;
import io.synoptic.testing.TestSnapshots;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two groups of listeners and two owners have labels; time is what the test says it is. */
class HandshakeTrackerTest {
  private static final long OWN = NamespaceTracker.OWN;
  private static final long OWN_COOKIE = 77;
  private static final long POD = 5;
  private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

  /** The number that counts opened connections. */
  private static final int OPENED = 0;

  @TempDir private Path folder;
  private CgroupFolders cgroups;
  private final ListenerTrackers listeners = new ListenerTrackers(2, PortSet.NONE, false);
  private OwnerTracker owners;
  private HandshakeTracker tracker;
  private final Set<Long> shown = new HashSet<>(Set.of(OWN, POD));
  private long now = TimeUnit.HOURS.toNanos(1);

  @BeforeEach
  void makeHost() throws IOException {
    cgroups = new CgroupFolders(folder.resolve("sys"), "fs/cgroup");
    owners =
        new OwnerTracker(
            new Owners(folder.resolve("sys"), folder.resolve("proc"), folder.resolve("log")),
            new ListenerProcesses(folder.resolve("proc")),
            2);
    tracker = new HandshakeTracker(listeners, owners, true);
  }

  private static long key(long cookie) {
    return cookie == OWN_COOKIE ? OWN : cookie;
  }

  private void listen(long namespace, int... ports) {
    TestListeners table = new TestListeners();
    for (int port : ports) {
      table.add(port, port);
    }
    listeners.scanned(namespace, table.table(), ++now);
  }

  private void read(TestHandshakes rows) {
    tracker.count(rows.table(), HandshakeTrackerTest::key, shown, ++now);
  }

  private List<String> opened(long namespace) {
    return tracker.figures(namespace, now).listeners().stream()
        .map(of -> of.port() + " " + of.counts().opened())
        .toList();
  }

  private List<String> begun(long namespace) {
    owners.named(namespace, TestSnapshots.snapshot(), now);
    return tracker.figures(namespace, now).outbound().stream()
        .map(of -> of.owner().unit() + " " + of.counts().opened())
        .toList();
  }

  private static TestHandshakes inbound(long cookie, int port, long since, long opened) {
    return new TestHandshakes().inbound(cookie, port, since, numbers(OPENED, opened));
  }

  @Test
  void whatIsAddedFromOneReadingToTheNextCounts() {
    listen(OWN, 80, 81);
    read(inbound(OWN_COOKIE, 80, 1, 3));
    assertThat(opened(OWN)).containsExactly("80 3", "81 0");

    read(inbound(OWN_COOKIE, 80, 1, 3));
    read(inbound(OWN_COOKIE, 80, 1, 10));
    assertThat(opened(OWN)).containsExactly("80 10", "81 0");
  }

  @Test
  void eachNamespaceHasItsOwn() {
    listen(OWN, 80);
    listen(POD, 80);
    read(
        new TestHandshakes()
            .inbound(OWN_COOKIE, 80, 1, numbers(OPENED, 2))
            .inbound(POD, 80, 1, numbers(OPENED, 30)));

    assertThat(opened(OWN)).containsExactly("80 2");
    assertThat(opened(POD)).containsExactly("80 30");
  }

  @Test
  void aRowThatWasRemovedAndHasComeBackLosesNothing() {
    listen(OWN, 80);
    read(inbound(OWN_COOKIE, 80, 1, 100));
    read(inbound(OWN_COOKIE, 80, 2, 100));
    assertThat(opened(OWN)).containsExactly("80 200");

    for (int i = 0; i < 10; i++) {
      read(new TestHandshakes());
    }
    assertThat(tracker.remembered()).isZero();
    read(inbound(OWN_COOKIE, 80, 3, 1));
    assertThat(opened(OWN)).containsExactly("80 201");
  }

  @Test
  void aRowThatIsMissingFromOneReadingGoesOn() {
    listen(OWN, 80);
    read(inbound(OWN_COOKIE, 80, 1, 100));
    read(new TestHandshakes());
    read(inbound(OWN_COOKIE, 80, 1, 101));

    assertThat(opened(OWN)).containsExactly("80 101");
  }

  @Test
  void aRowInWhichNothingCountsTakesNoMemory() {
    listen(OWN, 80);
    read(inbound(OWN_COOKIE, 80, 1, 0));

    assertThat(tracker.remembered()).isZero();
    assertThat(opened(OWN)).containsExactly("80 0");
  }

  @Test
  void allNumbersAreCountedAndCellsWrapAround() {
    listen(OWN, 80);
    long[] before = numbers(i -> i < HandshakeCounts.CELLS ? 1000 + i : -5);
    long[] after = numbers(i -> i < HandshakeCounts.CELLS ? 2000 + 2 * i : 3);
    read(new TestHandshakes().inbound(OWN_COOKIE, 80, 1, before));
    HandshakeCounts first = tracker.figures(OWN, now).listeners().get(0).counts();
    read(new TestHandshakes().inbound(OWN_COOKIE, 80, 1, after));

    assertThat(tracker.figures(OWN, now).listeners().get(0).counts())
        .isEqualTo(
            first.plus(
                HandshakeCounts.ofNumbered(
                    numbers(i -> i < HandshakeCounts.CELLS ? 1000 + i : 8))));
  }

  @Test
  void aNamespaceThatIsNotShownYetHasAllOnceItIs() {
    shown.remove(POD);
    read(inbound(POD, 80, 1, 7));
    shown.add(POD);
    listen(POD, 80);
    read(inbound(POD, 80, 1, 8));

    assertThat(opened(POD)).containsExactly("80 8");
    assertThat(opened(OWN)).isEmpty();
  }

  @Test
  void aGroupThatFindsNoPlaceCountsAsOtherAndGoesOnThere() {
    listen(OWN, 80, 81, 82);
    read(
        new TestHandshakes()
            .inbound(OWN_COOKIE, 80, 1, numbers(OPENED, 1))
            .inbound(OWN_COOKIE, 82, 1, numbers(OPENED, 5)));
    assertThat(opened(OWN)).containsExactly("80 1", "81 0", "other 5");

    listen(OWN, 80, 82); // 81 has closed: 82 gets a place, and begins there
    read(inbound(OWN_COOKIE, 82, 1, 9));
    listen(OWN, 80, 82);
    assertThat(opened(OWN)).containsExactly("80 1", "82 4", "other 5");
  }

  @Test
  void aListenerThatHasClosedGoesOnWhenItComesBack() {
    listen(OWN, 80);
    read(inbound(OWN_COOKIE, 80, 1, 4));
    listen(OWN);
    read(inbound(OWN_COOKIE, 80, 1, 6));
    assertThat(opened(OWN)).isEmpty();

    listen(OWN);
    listen(OWN, 80);
    assertThat(opened(OWN)).containsExactly("80 6");
  }

  @Test
  void whatTheKernelHasNoRowForIsOtherAndCounted() {
    listen(OWN);
    read(
        new TestHandshakes()
            .inbound(0, 0, 1, numbers(OPENED, 3))
            .outbound(0, 0, 1, numbers(OPENED, 4)));

    assertThat(opened(OWN)).containsExactly("other 3");
    assertThat(begun(OWN)).containsExactly("other 4");
    assertThat(opened(POD)).isEmpty();
    assertThat(tracker.foldedEvents()).isEqualTo(7);
  }

  @Test
  void whereTheOwnNamespaceAloneIsShownOthersAreNotInIt() {
    tracker = new HandshakeTracker(listeners, owners, false);
    listen(OWN);
    read(
        new TestHandshakes()
            .inbound(0, 0, 1, numbers(OPENED, 3))
            .outbound(0, 0, 1, numbers(OPENED, 4)));

    assertThat(opened(OWN)).isEmpty();
    assertThat(begun(OWN)).isEmpty();
    assertThat(tracker.foldedEvents()).isEqualTo(7);
  }

  @Test
  void outboundConnectionsGoByOwnerAndNamespace() throws IOException {
    long nginx = cgroups.make("/system.slice/nginx.service");
    read(
        new TestHandshakes()
            .outbound(OWN_COOKIE, nginx, 1, numbers(OPENED, 3))
            .outbound(OWN_COOKIE, 0, 1, numbers(OPENED, 1))
            .outbound(POD, nginx, 1, numbers(OPENED, 20)));

    assertThat(begun(OWN)).containsExactly(" 1", "nginx.service 3");
    assertThat(begun(POD)).containsExactly("nginx.service 20");
  }

  @Test
  void anOwnerThatFindsNoPlaceIsOther() throws IOException {
    TestHandshakes rows = new TestHandshakes();
    for (String unit : List.of("a", "b", "c")) {
      long cgroup = cgroups.make("/system.slice/" + unit + ".service");
      rows.outbound(OWN_COOKIE, cgroup, 1, numbers(OPENED, 5));
    }
    read(rows);

    assertThat(begun(OWN)).containsExactlyInAnyOrder("a.service 5", "b.service 5", "other 5");
  }

  @Test
  void anOwnerThatComesBackWithinTheHourGoesOn() throws IOException {
    long nginx = cgroups.make("/system.slice/nginx.service");
    read(new TestHandshakes().outbound(OWN_COOKIE, nginx, 1, numbers(OPENED, 3)));
    now += 11 * MINUTE;
    read(new TestHandshakes().outbound(OWN_COOKIE, nginx, 1, numbers(OPENED, 3)));
    assertThat(begun(OWN)).isEmpty();

    read(new TestHandshakes().outbound(OWN_COOKIE, nginx, 1, numbers(OPENED, 4)));
    assertThat(begun(OWN)).containsExactly("nginx.service 4");

    now += 61 * MINUTE;
    assertThat(begun(OWN)).isEmpty();
    read(new TestHandshakes().outbound(OWN_COOKIE, nginx, 1, numbers(OPENED, 6)));
    assertThat(begun(OWN)).containsExactly("nginx.service 2");
  }

  @Test
  void missedEventsAreTheKernels() {
    assertThat(new TestHandshakes().missed(12).table().missedEvents()).hasValue(12);
    assertThat(new TestHandshakes().missed(-1).table().missedEvents()).isEmpty();
  }

  @Test
  void figuresAreCopies() {
    listen(OWN, 80);
    read(inbound(OWN_COOKIE, 80, 1, 3));
    HandshakeFigures before = tracker.figures(OWN, now);
    read(inbound(OWN_COOKIE, 80, 1, 4));

    assertThat(before.listeners().get(0).counts().opened()).isEqualTo(3);
  }
}
