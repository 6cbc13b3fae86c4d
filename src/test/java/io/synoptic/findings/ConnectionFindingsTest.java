package io.synoptic.findings;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.CloseWaitAges;
import io.synoptic.ConnectFailure;
import io.synoptic.Destination;
import io.synoptic.Direction;
import io.synoptic.HandshakeCounts;
import io.synoptic.HandshakeFigures;
import io.synoptic.IpFamily;
import io.synoptic.KernelCounter;
import io.synoptic.Owner;
import io.synoptic.OwnerConnections;
import io.synoptic.QueueCounts;
import io.synoptic.SocketSnapshot;
import io.synoptic.StateCounts;
import io.synoptic.TcpState;
import io.synoptic.TimerCounts;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Connections that are forgotten, hang, fail or get no answer, and the like that is well. */
class ConnectionFindingsTest {
  private static final Duration SCRAPE = Duration.ofSeconds(15);
  private static final Owner SHOP = new Owner("shop.service", "", "", "");
  private static final int FAILED = 2 + 9;

  private final TestHost host = TestHost.known();

  private static CloseWaitAges ages(long overOneMinute, long overTenMinutes) {
    return new CloseWaitAges(Duration.ofMinutes(20), overOneMinute, overTenMinutes, 0);
  }

  private void owner(CloseWaitAges ages) {
    host.own().owners.clear();
    host.own()
        .owners
        .add(
            new OwnerConnections(
                SHOP,
                Direction.OUTBOUND,
                StateCounts.of(Map.of(TcpState.CLOSE_WAIT, 40L)),
                QueueCounts.ZERO,
                Optional.of(ages)));
  }

  private void outbound(Map<TcpState, Long> states, TimerCounts timers) {
    host.own().sockets =
        SocketSnapshot.builder()
            .outbound(StateCounts.of(states))
            .outboundTimers(Optional.of(timers));
  }

  private void ports(String destination, long ports, long error, long timeWait) {
    host.own().sockets =
        SocketSnapshot.builder()
            .outbound(StateCounts.of(Map.of(TcpState.TIME_WAIT, timeWait)))
            .busiestDestination(ports, error)
            .destinations(
                List.of(
                    new Destination(
                        IpFamily.IPV4, "10.0.0.9", destination, 443, ports, error, timeWait)));
  }

  private void connects(long opened, long refused, long aborted) {
    long[] numbers = new long[HandshakeCounts.SIZE];
    numbers[0] = opened;
    numbers[FAILED + ConnectFailure.REFUSED.number()] = refused;
    numbers[FAILED + ConnectFailure.ABORTED.number()] = aborted;
    HandshakeCounts counts = HandshakeCounts.ofNumbered(numbers);
    assertThat(counts.failed(ConnectFailure.REFUSED)).isEqualTo(refused);
    host.own().connects.clear();
    host.own().connects.add(new HandshakeFigures.OfOwner(SHOP, counts));
  }

  @Test
  void connectionsThatAnOwnerForgotAreFoundWithTheirAge() {
    owner(ages(11, 0));
    Finding forgotten = FoundThings.the(host.scan(), FindingKind.CLOSE_WAIT_FORGOTTEN);

    assertThat(forgotten.subject().kind()).isEqualTo(Subject.Kind.OWNER);
    assertThat(forgotten.subject().owner()).isEqualTo(SHOP);
    assertThat(forgotten.since()).isPresent();
    assertThat(forgotten.summary()).contains("11 connections").contains("20 min");
    assertThat(FoundThings.figure(forgotten, "in CLOSE_WAIT")).isEqualTo(40);
  }

  @Test
  void thoseThatAListenersProgramForgotAreTheListeners() {
    host.own().listener(80).connections(TcpState.CLOSE_WAIT, 20).closeWait =
        Optional.of(ages(20, 0));
    Finding forgotten = FoundThings.the(host.scan(), FindingKind.CLOSE_WAIT_FORGOTTEN);

    assertThat(forgotten.subject().port()).isEqualTo("80");
    assertThat(forgotten.actions().get(0).command())
        .isEqualTo("ss -tnp state close-wait 'sport = :80'");
  }

  @Test
  void withoutOwnersThoseOfTheNamespaceAreFound() {
    host.own().sockets = SocketSnapshot.builder().outboundCloseWait(Optional.of(ages(11, 0)));

    assertThat(FoundThings.the(host.scan(), FindingKind.CLOSE_WAIT_FORGOTTEN).subject().kind())
        .isEqualTo(Subject.Kind.NAMESPACE);
  }

  @Test
  void aFewThatAreVeryOldAreFound() {
    owner(ages(5, 5));

    assertThat(FoundThings.kinds(host.scan())).containsExactly(FindingKind.CLOSE_WAIT_FORGOTTEN);
  }

  @Test
  void aFewOldOnesAndManyYoungOnesAreWell() {
    owner(ages(10, 4));

    assertThat(host.scan().findings()).isEmpty();
  }

  @Test
  void portsThatRunOutTowardsADestinationAreCritical() {
    ports("192.0.2.1", 26_000, 0, 0);
    Finding ports = FoundThings.the(host.scan(), FindingKind.PORTS_RUN_OUT);

    assertThat(ports.severity()).isEqualTo(Severity.CRITICAL);
    assertThat(ports.summary()).contains("92 %");
    // Peers are shown to who asks for them alone.
    assertThat(ports.toString()).doesNotContain("192.0.2.1");
  }

  @Test
  void thoseThatAreMostlyTakenAreAWarning() {
    ports("192.0.2.1", 20_000, 0, 20_000);

    assertThat(FoundThings.the(host.scan(), FindingKind.PORTS_RUN_OUT).severity())
        .isEqualTo(Severity.WARNING);
  }

  @Test
  void whatTheCountMayBeOffIsNotTaken() {
    ports("192.0.2.1", 26_000, 10_000, 0);

    assertThat(host.scan().findings()).isEmpty();
  }

  @Test
  void onLoopbackTimeWaitTakesNoPort() {
    ports("127.0.0.1", 26_000, 0, 25_000);

    assertThat(host.scan().findings()).isEmpty();
  }

  @Test
  void whatTheSysctlFreesIsNotHeld() {
    host.own().set(KernelCounter.TIME_WAIT_REUSE_MODE, 1);
    ports("192.0.2.1", 26_000, 0, 25_000);

    assertThat(host.scan().findings()).isEmpty();
  }

  @Test
  void withoutReuseTimeWaitHoldsPortsOnLoopbackToo() {
    host.own().set(KernelCounter.TIME_WAIT_REUSE_MODE, 0);
    ports("127.0.0.1", 26_000, 0, 25_000);

    assertThat(FoundThings.the(host.scan(), FindingKind.PORTS_RUN_OUT).summary()).contains("26000");
  }

  @Test
  void theBusiestThatIsNoLoopbackIsLookedAtToo() {
    host.own().sockets =
        SocketSnapshot.builder()
            .outbound(StateCounts.of(Map.of(TcpState.TIME_WAIT, 26_500L)))
            .busiestDestination(26_500, 0)
            .destinations(
                List.of(
                    new Destination(IpFamily.IPV6, "::1", "::1", 80, 26_500, 0, 26_500),
                    new Destination(IpFamily.IPV4, "10.0.0.9", "192.0.2.1", 443, 26_000, 0, 0)));

    assertThat(FoundThings.the(host.scan(), FindingKind.PORTS_RUN_OUT).summary()).contains("26000");
  }

  @Test
  void withoutTheRangeNothingIsSaidOfPorts() {
    host.own().counters.remove(KernelCounter.EPHEMERAL_PORTS);
    ports("192.0.2.1", 26_000, 0, 0);

    assertThat(host.scan().findings()).isEmpty();
  }

  @Test
  void connectsWithoutAnAnswerHang() {
    outbound(Map.of(TcpState.SYN_SENT, 60L), new TimerCounts(0, 0, 50, 0));
    Finding hang = FoundThings.the(host.scan(), FindingKind.CONNECTS_HANG);

    assertThat(hang.summary()).isEqualTo("50 connects from here get no answer.");
    assertThat(hang.since()).isPresent();
    assertThat(FoundThings.figure(hang, "connects under way")).isEqualTo(60);
  }

  @Test
  void theyHangSinceTheFirstOfThemDidThoughTheNumberSitsOnTheEdge() {
    outbound(Map.of(TcpState.SYN_SENT, 60L), new TimerCounts(0, 0, 11, 0));
    host.scan();
    outbound(Map.of(TcpState.SYN_SENT, 60L), new TimerCounts(0, 0, 9, 0));
    assertThat(host.scan(SCRAPE).findings()).isEmpty();
    outbound(Map.of(TcpState.SYN_SENT, 60L), new TimerCounts(0, 0, 11, 0));
    Finding hang = FoundThings.the(host.scan(SCRAPE), FindingKind.CONNECTS_HANG);

    assertThat(hang.since().orElseThrow()).isBefore(Instant.now().minus(Duration.ofSeconds(25)));
  }

  @Test
  void manyConnectsThatHaveJustBegunAreWell() {
    outbound(Map.of(TcpState.SYN_SENT, 500L), new TimerCounts(0, 0, 3, 0));

    assertThat(host.scan().findings()).isEmpty();
  }

  @Test
  void connectsThatFailAreTheirOwners() {
    connects(100, 0, 0);
    host.scan();
    connects(110, 30, 0);
    Finding fail = FoundThings.the(host.scan(SCRAPE), FindingKind.CONNECTS_FAIL);

    assertThat(fail.subject().owner()).isEqualTo(SHOP);
    assertThat(fail.summary())
        .isEqualTo("30 connects failed in the last 10 min, most of them refused.");
    assertThat(FoundThings.figure(fail, "refused in the last 10 min")).isEqualTo(30);
    assertThat(fail.actions())
        .extracting(Action::command)
        .contains("journalctl --no-pager --since=-10min --unit=shop.service | tail");
  }

  @Test
  void aFewFailuresAmongManyConnectsAreWell() {
    connects(100, 0, 0);
    host.scan();
    connects(1100, 30, 0);

    assertThat(host.scan(SCRAPE).findings()).isEmpty();
  }

  @Test
  void whatProgramsGiveUpThemselvesIsNoFailure() {
    connects(100, 0, 0);
    host.scan();
    connects(110, 0, 300);

    assertThat(host.scan(SCRAPE).findings()).isEmpty();
  }

  @Test
  void failuresBeforeALaterHistoryBeganAreNotItsOwn() {
    connects(0, 500, 0);
    host.scan();
    History later = new History(host.clock);
    later.add(host.report);
    host.scan();
    later.add(host.report);

    assertThat(Diagnosis.of(host.report, later, TestHost.MAX_AGE).findings()).isEmpty();
  }

  @Test
  void whereConnectsAreNotCountedTheKernelsCounterSaysThatTheyFail() {
    host.own().hasHandshakes = false;
    host.scan();
    host.own().add(KernelCounter.ATTEMPT_FAILS, 40);
    host.own().add(KernelCounter.ACTIVE_OPENS, 50);
    Finding fail = FoundThings.the(host.scan(SCRAPE), FindingKind.CONNECTS_FAIL);

    assertThat(fail.subject().kind()).isEqualTo(Subject.Kind.NAMESPACE);
    assertThat(fail.summary()).contains("is not counted here");
  }

  @Test
  void aPortScanOfThisHostIsNoFailedConnect() {
    host.own().hasHandshakes = false;
    host.scan();
    host.own().add(KernelCounter.ATTEMPT_FAILS, 4000);
    host.own().add(KernelCounter.ACTIVE_OPENS, 50);

    assertThat(host.scan(SCRAPE).findings()).isEmpty();
  }

  @Test
  void connectionsThatGetNoAcknowledgementAreFound() {
    outbound(Map.of(TcpState.ESTABLISHED, 100L), new TimerCounts(40, 0, 0, 0));
    Finding stuck = FoundThings.the(host.scan(), FindingKind.RETRANSMITTING);
    assertThat(stuck.summary()).isEqualTo("40 of 100 outbound connections get no acknowledgement.");
    assertThat(stuck.since()).isPresent();

    outbound(Map.of(), TimerCounts.ZERO);
    host.own().listener(80).connections(TcpState.ESTABLISHED, 100).timers(25, 0);
    assertThat(FoundThings.the(host.scan(), FindingKind.RETRANSMITTING).subject().port())
        .isEqualTo("80");
  }

  @Test
  void aFewAmongManyThatRetransmitAreWell() {
    outbound(Map.of(TcpState.ESTABLISHED, 1000L), new TimerCounts(40, 0, 0, 0));
    host.own().listener(80).connections(TcpState.ESTABLISHED, 5).timers(5, 0);

    assertThat(host.scan().findings()).isEmpty();
  }

  @Test
  void aPathThatLosesIsFoundByTheShareOfSegments() {
    host.scan();
    host.own().add(KernelCounter.OUT_SEGS, 9000);
    host.own().add(KernelCounter.RETRANS_SEGS, 1000);
    Finding lost = FoundThings.the(host.scan(SCRAPE), FindingKind.RETRANSMITTING);

    assertThat(lost.summary()).isEqualTo("10 % of the segments are sent again.");
  }

  @Test
  void repeatedSynsAreNoPathThatLoses() {
    host.scan();
    host.own().add(KernelCounter.OUT_SEGS, 9000);
    host.own().add(KernelCounter.RETRANS_SEGS, 1000);
    host.own().add(KernelCounter.SYN_RETRANS, 950);

    assertThat(host.scan(SCRAPE).findings()).isEmpty();
  }
}
