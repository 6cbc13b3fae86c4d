package io.synoptic.findings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.synoptic.KernelCounter;
import io.synoptic.NetworkNamespace;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/** What is remembered of the last ten minutes. */
class HistoryTest {
  private static final Duration SCRAPE = Duration.ofSeconds(15);

  private final TestHost host = TestHost.known();
  private final TestGroup web = host.own().listener(80);

  /** The queue is full when so many wait. */
  private void full(double secondsMore) {
    web.length(129).fullSeconds += secondsMore;
    web.utilizationSeconds += secondsMore;
  }

  private static void assertAgo(Optional<Instant> since, Duration ago) {
    assertThat(since)
        .hasValueSatisfying(
            moment ->
                assertThat(moment)
                    .isCloseTo(Instant.now().minus(ago), within(2, ChronoUnit.SECONDS)));
  }

  @Test
  void aListenerAtRestIsRememberedByItsCountersAlone() {
    host.scan(SCRAPE);
    host.scan(SCRAPE);

    assertThat(host.memory(80)).isEqualTo(History.Memory.NONE);
    assertThat(host.history.troubles()).isZero();
  }

  @Test
  void aQueueThatStaysFullIsFullSinceItFilled() {
    host.scan(SCRAPE);
    full(5);
    host.scan(SCRAPE);
    full(15);
    host.scan(SCRAPE);

    History.Memory memory = host.memory(80);
    assertAgo(memory.fullSince(), Duration.ofSeconds(20));
    assertAgo(memory.lastFull(), Duration.ZERO);
    assertThat(memory.fullSeconds()).isEqualTo(20);
  }

  @Test
  void aBreakBetweenScansThatTheSamplerSawEndsIt() {
    host.scan(SCRAPE);
    full(15);
    host.scan(SCRAPE);
    full(4);
    host.scan(SCRAPE);

    assertAgo(host.memory(80).fullSince(), Duration.ofSeconds(4));
    assertThat(host.memory(80).fullSeconds()).isEqualTo(19);
  }

  @Test
  void aBurstBetweenScansIsRememberedForTenMinutes() {
    host.scan(SCRAPE);
    full(3);
    web.length(0);
    host.scan(SCRAPE);

    assertThat(host.memory(80).fullSince()).isEmpty();
    assertThat(host.memory(80).fullSeconds()).isEqualTo(3);
    assertAgo(host.memory(80).lastFull(), Duration.ZERO);

    host.scan(Duration.ofMinutes(9));
    assertThat(host.memory(80).fullSeconds()).isEqualTo(3);
    assertAgo(host.memory(80).lastFull(), Duration.ofMinutes(9));

    host.scan(Duration.ofSeconds(90));
    assertThat(host.memory(80)).isEqualTo(History.Memory.NONE);
    assertThat(host.history.troubles()).isZero();
  }

  @Test
  void aQueueThatEmptiesWasFullLastWhenItDid() {
    host.scan(SCRAPE);
    full(15);
    host.scan(SCRAPE);
    full(5);
    web.length(0);
    host.scan(SCRAPE);

    assertThat(host.memory(80).fullSince()).isEmpty();
    assertAgo(host.memory(80).lastFull(), Duration.ofSeconds(10));
  }

  @Test
  void withoutASamplerTheTimeBetweenScansThatBothSawItFullCounts() {
    web.isSampled = false;
    host.own().observed = OptionalDouble.empty();
    host.scan(SCRAPE);
    web.length(129);
    host.scan(SCRAPE);
    assertThat(host.memory(80).fullSeconds()).isZero();
    assertAgo(host.memory(80).fullSince(), Duration.ZERO);

    host.scan(SCRAPE);
    host.scan(SCRAPE);
    assertThat(host.memory(80).fullSeconds()).isEqualTo(30);
    assertAgo(host.memory(80).fullSince(), Duration.ofSeconds(30));

    web.length(0);
    host.scan(SCRAPE);
    assertThat(host.memory(80).fullSince()).isEmpty();
    assertThat(host.memory(80).lastFull()).isPresent();
  }

  @Test
  void throughProcNothingIsKnownAndNothingIsMadeUp() {
    web.hasLimit = false;
    web.length(129);
    host.scan(SCRAPE);
    host.scan(SCRAPE);

    assertThat(host.memory(80)).isEqualTo(History.Memory.NONE);
  }

  @Test
  void whatWasCountedBeforeTheFirstReportOfALaterHistoryIsNotNew() {
    full(600);
    web.length(0).drops = 400;
    host.scan();
    History later = new History(host.clock);
    later.add(host.report);
    web.drops += 3;
    host.scan();
    later.add(host.report);

    History.Memory memory = later.listener(NetworkNamespace.OWN, "0.0.0.0", "80");
    assertThat(memory.drops()).isEqualTo(3);
    assertThat(memory.fullSeconds()).isZero();
  }

  @Test
  void dropsOfAListenerThatCameBackAreNotCountedTwice() {
    web.drops = 7;
    host.scan(SCRAPE);
    host.own().groups.clear();
    host.scan(SCRAPE);
    host.scan(Duration.ofMinutes(20));
    TestGroup back = host.own().listener(80);
    back.drops = 8;
    host.scan(SCRAPE);

    assertThat(host.memory(80).drops()).isEqualTo(1);
  }

  @Test
  void aCounterThatBeginsAgainCountsFromZero() {
    web.drops = 700;
    host.scan(SCRAPE);
    web.drops = 2;
    host.scan(SCRAPE);

    assertThat(host.memory(80).drops()).isEqualTo(702);
  }

  @Test
  void whatGrewWhileNobodyLookedForLongIsNotOfTheLastTenMinutes() {
    host.scan(SCRAPE);
    full(100);
    web.length(0).drops = 50;
    host.own().add(KernelCounter.LISTEN_OVERFLOWS, 50);
    host.scan(Duration.ofHours(2));

    assertThat(host.memory(80)).isEqualTo(History.Memory.NONE);
    assertThat(host.history.namespace(NetworkNamespace.OWN).counters()).isEmpty();
  }

  @Test
  void aQueueThatTheSamplerSawFullAllThatTimeIsFullSinceThen() {
    host.scan(SCRAPE);
    full(5);
    host.scan(SCRAPE);
    full(7200);
    host.scan(Duration.ofHours(2));

    assertAgo(host.memory(80).fullSince(), Duration.ofSeconds(7205));
    assertThat(host.memory(80).fullSeconds()).isLessThanOrEqualTo(600);
  }

  @Test
  void aFailedScanChangesNothingAndTheNextGoodOneGoesOn() {
    host.scan(SCRAPE);
    full(15);
    host.scan(SCRAPE);
    host.fail(SCRAPE);
    host.fail(SCRAPE);
    assertThat(host.memory(80).fullSeconds()).isEqualTo(15);

    full(45);
    host.scan(SCRAPE);
    assertThat(host.memory(80).fullSeconds()).isEqualTo(60);
    assertAgo(host.memory(80).fullSince(), Duration.ofSeconds(60));
  }

  @Test
  void aClockThatIsSetDoesNotMoveSpans() {
    // The test's clock runs ahead of the one on the wall: all reports are of the same minute.
    host.scan(SCRAPE);
    full(15);
    host.scan(SCRAPE);
    full(300);
    host.scan(Duration.ofMinutes(5));

    assertAgo(host.memory(80).fullSince(), Duration.ofSeconds(315));
  }

  @Test
  void aNamespaceThatIsGoneIsForgotten() {
    host.namespace("pod").listener(80).length(129);
    host.scan(SCRAPE);
    int with = host.history.remembered();
    host.namespaces.remove(new NetworkNamespace("pod", "", ""));
    host.scan(SCRAPE);
    host.scan(Duration.ofMinutes(11));

    assertThat(host.history.remembered()).isEqualTo(with - 2);
  }

  @Test
  void groupsThatComeAndGoAreForgottenAfterTheHour() {
    for (int port = 1000; port < 1100; port++) {
      host.own().groups.clear();
      host.own().listener(port);
      host.scan(SCRAPE);
    }
    assertThat(host.history.remembered()).isGreaterThan(100);
    host.scan(Duration.ofMinutes(61));

    assertThat(host.history.remembered()).isEqualTo(2);
  }

  @Test
  void kernelCountersGrowFromTheirFirstReadingOn() {
    NamespaceMemory before = host.history.namespace(NetworkNamespace.OWN);
    host.own().add(KernelCounter.SYNCOOKIES_SENT, 30);
    host.scan(SCRAPE);

    assertThat(before.growth(KernelCounter.SYNCOOKIES_SENT).total()).isZero();
    Growth growth =
        host.history.namespace(NetworkNamespace.OWN).growth(KernelCounter.SYNCOOKIES_SENT);
    assertThat(growth.total()).isEqualTo(30);
    assertThat(growth.perSecond()).isEqualTo(2);
    assertAgo(growth.since(), SCRAPE);

    host.scan(Duration.ofMinutes(5));
    growth = host.history.namespace(NetworkNamespace.OWN).growth(KernelCounter.SYNCOOKIES_SENT);
    assertThat(growth.total()).isEqualTo(30);
    assertThat(growth.recent()).isZero();
  }

  /** A scan of 5,000 groups takes milliseconds; what it costs to remember it is far below. */
  @Test
  void takingInManyQuietGroupsKeepsNothingOfThem() {
    for (int port = 1; port <= 5000; port++) {
      host.own().listener(port);
    }
    host.scan(SCRAPE);
    host.scan(SCRAPE);

    assertThat(host.history.troubles()).isZero();
    assertThat(host.history.remembered()).isEqualTo(1 + 5000);
  }
}
