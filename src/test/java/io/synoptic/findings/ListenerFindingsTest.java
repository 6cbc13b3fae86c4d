package io.synoptic.findings;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.KernelCounter;
import io.synoptic.TcpState;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Accept queues, SYN queues and what limits them: what is found, and the like that is well. */
class ListenerFindingsTest {
  private static final Duration SCRAPE = Duration.ofSeconds(15);

  private final TestHost host = TestHost.known();
  private final TestGroup web = host.own().listener(80);

  /** As a listener is that a flood meets, or slow clients. */
  private void handshakes(long many, long repeated) {
    web.connections(TcpState.SYN_RECV, many).timers(0, repeated);
  }

  @Test
  void aListenerAtRestIsFine() {
    assertThat(host.scan().findings()).isEmpty();
    assertThat(host.diagnosis().status()).isEqualTo(Diagnosis.Status.FINE);
  }

  @Test
  void aFullAcceptQueueIsCritical() {
    web.length(129);
    Diagnosis diagnosis = host.scan();

    Finding full = FoundThings.the(diagnosis, FindingKind.ACCEPT_QUEUE_FULL);
    assertThat(full.severity()).isEqualTo(Severity.CRITICAL);
    assertThat(full.since()).isPresent();
    assertThat(full.subject().port()).isEqualTo("80");
    assertThat(full.subject().owner().unit()).isEqualTo("web.service");
    assertThat(full.summary()).contains("129").contains("128");
    assertThat(full.actions().get(0).command()).isEqualTo("ss -ltnp 'sport = :80'");
    assertThat(diagnosis.status()).isEqualTo(Diagnosis.Status.CRITICAL);
  }

  @Test
  void aQueueWithSomeConnectionsIsWell() {
    web.length(60);
    for (int i = 0; i < 5; i++) {
      assertThat(host.scan(SCRAPE).findings()).isEmpty();
    }
  }

  @Test
  void aBacklogOfOneIsFullNowAndThenAndOnlyWhatLastsIsFound() {
    web.limit(1).length(2);
    assertThat(host.scan().findings()).isEmpty();

    web.fullSeconds += 1;
    assertThat(host.scan().findings()).isEmpty();
    web.fullSeconds += 5;
    assertThat(FoundThings.kinds(host.scan(Duration.ofSeconds(5))))
        .containsExactly(FindingKind.ACCEPT_QUEUE_FULL, FindingKind.LIMITED_BY_BACKLOG);
  }

  @Test
  void aBurstIsFoundForTenMinutes() {
    web.fullSeconds = 12;
    Finding filling = FoundThings.the(host.scan(SCRAPE), FindingKind.ACCEPT_QUEUE_FILLING);
    assertThat(filling.severity()).isEqualTo(Severity.WARNING);
    assertThat(filling.summary())
        .isEqualTo("The accept queue was full for 12 s of the last 10 min.");
    assertThat(host.scan(Duration.ofMinutes(9)).findings()).isNotEmpty();

    assertThat(host.scan(Duration.ofMinutes(2)).findings()).isEmpty();
  }

  @Test
  void halfASecondAtFullIsNoBurst() {
    web.fullSeconds = 0.5;

    assertThat(host.scan(SCRAPE).findings()).isEmpty();
  }

  @Test
  void aQueueThatStaysHalfFullIsFound() {
    web.length(100);
    assertThat(host.scan().findings()).isEmpty();
    web.utilizationSeconds += 11.6;
    Finding filling = FoundThings.the(host.scan(SCRAPE), FindingKind.ACCEPT_QUEUE_FILLING);

    assertThat(filling.summary())
        .isEqualTo("The accept queue has been more than half full for 15 s.");
    assertThat(filling.since()).isPresent();
  }

  @Test
  void aQueueThatIsHalfFullAtTwoScansAndEmptyBetweenIsWell() {
    web.length(100);
    host.scan();
    web.utilizationSeconds += 1;

    assertThat(host.scan(SCRAPE).findings()).isEmpty();
  }

  @Test
  void dropsThatTheOverflowsExplainAreOfAFullQueue() {
    web.drops = 7;
    host.own().add(KernelCounter.LISTEN_OVERFLOWS, 7);
    Diagnosis diagnosis = host.scan(SCRAPE);

    assertThat(FoundThings.the(diagnosis, FindingKind.ACCEPT_QUEUE_FILLING).summary())
        .contains("7 segments were dropped");
    assertThat(FoundThings.kinds(diagnosis)).contains(FindingKind.LIMITED_BY_BACKLOG);
  }

  @Test
  void dropsOfAFilterAreNotOfAFullQueue() {
    web.drops = 7;

    assertThat(host.scan(SCRAPE).findings()).isEmpty();
  }

  @Test
  void whoseOverflowsTheyWereIsNotGuessed() {
    web.drops = 7;
    host.own().listener(81).drops = 50;
    host.own().add(KernelCounter.LISTEN_OVERFLOWS, 7);

    assertThat(host.scan(SCRAPE).findings()).isEmpty();
  }

  @Test
  void aLimitBelowSomaxconnIsTheProgramsBacklog() {
    web.fullSeconds = 2;
    Finding limited = FoundThings.the(host.scan(SCRAPE), FindingKind.LIMITED_BY_BACKLOG);

    assertThat(limited.summary()).contains("backlog of 128");
    assertThat(limited.meaning()).contains("or what somaxconn was when the program started");
    assertThat(limited.avoid()).contains("4096");
    assertThat(FoundThings.figure(limited, "net.core.somaxconn")).isEqualTo(4096);
  }

  @Test
  void aLimitEqualToSomaxconnIsSomaxconn() {
    web.limit(4096).fullSeconds = 2;
    Finding limited = FoundThings.the(host.scan(SCRAPE), FindingKind.LIMITED_BY_SOMAXCONN);

    assertThat(limited.summary()).isEqualTo("net.core.somaxconn is the limit: 4096.");
    assertThat(limited.actions().get(0).command()).isEqualTo("sysctl -w net.core.somaxconn=8192");
  }

  @Test
  void aLimitAboveSomaxconnWouldBecomeSmallerWithARestart() {
    host.own().set(KernelCounter.SOMAXCONN, 128);
    web.limit(1000).fullSeconds = 2;
    Finding limited = FoundThings.the(host.scan(SCRAPE), FindingKind.LIMITED_BY_SOMAXCONN);

    assertThat(limited.avoid()).startsWith("Do not restart");
  }

  @Test
  void whatLimitsAQueueThatWasNeverFullIsNobodysTrouble() {
    host.own().set(KernelCounter.SOMAXCONN, 128);

    assertThat(host.scan(SCRAPE).findings()).isEmpty();
  }

  @Test
  void whereSomaxconnIsUnknownNothingIsSaidOfTheLimit() {
    host.own().counters.remove(KernelCounter.SOMAXCONN);
    web.fullSeconds = 2;
    Diagnosis diagnosis = host.scan(SCRAPE);

    assertThat(FoundThings.kinds(diagnosis)).containsExactly(FindingKind.ACCEPT_QUEUE_FILLING);
    assertThat(diagnosis.unknown())
        .extracting(Unknown::what)
        .contains("what limits a queue that was full");
  }

  @Test
  void aProgramThatDoesNotAcceptForAMinuteIsNotHelpedByMoreRoom() {
    web.length(129);
    host.scan();
    web.fullSeconds += 90;
    Finding limited =
        FoundThings.the(host.scan(Duration.ofSeconds(90)), FindingKind.LIMITED_BY_BACKLOG);

    assertThat(limited.meaning()).contains("more room does not help");
  }

  @Test
  void aFullSynQueueIsFound() {
    handshakes(129, 0);
    Finding full = FoundThings.the(host.scan(), FindingKind.SYN_QUEUE_FULL);

    assertThat(full.severity()).isEqualTo(Severity.WARNING);
    assertThat(FoundThings.kinds(host.diagnosis())).contains(FindingKind.LIMITED_BY_BACKLOG);
  }

  @Test
  void aFullSynQueueWithoutCookiesTurnsClientsAway() {
    host.own().set(KernelCounter.SYNCOOKIES_MODE, 0);
    host.own().add(KernelCounter.REQ_Q_FULL_DROP, 20);
    handshakes(129, 0);
    Finding full = FoundThings.the(host.scan(), FindingKind.SYN_QUEUE_FULL);

    assertThat(full.severity()).isEqualTo(Severity.CRITICAL);
    assertThat(full.actions().get(0).command()).isEqualTo("sysctl -w net.ipv4.tcp_syncookies=1");
  }

  @Test
  void aFewHandshakesUnderWayAreWell() {
    web.limit(8);
    handshakes(9, 9);
    host.scan();

    assertThat(host.scan(SCRAPE).findings()).isEmpty();
  }

  @Test
  void handshakesThatNobodyAnswersAreAFlood() {
    handshakes(100, 60);
    Finding flood = FoundThings.the(host.scan(), FindingKind.SYN_FLOOD);

    assertThat(flood.meaning()).contains("have not answered");
    assertThat(flood.subject().port()).isEqualTo("80");
    assertThat(flood.actions().get(0).command()).startsWith("ss -Htn state syn-recv 'sport = :80'");
  }

  @Test
  void handshakesThatFillTheQueueForSecondsAreSlowClientsOrAFlood() {
    handshakes(100, 0);
    assertThat(host.scan().findings()).isEmpty();

    assertThat(FoundThings.the(host.scan(SCRAPE), FindingKind.SYN_FLOOD).meaning())
        .contains("slow or far");
  }

  @Test
  void handshakesOfClientsThatSendTheirCookiesBackAreNone() {
    host.scan();
    host.own().add(KernelCounter.SYNCOOKIES_SENT, 100);
    host.own().add(KernelCounter.SYNCOOKIES_RECV, 90);
    handshakes(100, 3);
    host.scan();

    assertThat(host.scan(SCRAPE).findings()).isEmpty();
  }

  @Test
  void handshakesThatWaitForAFullAcceptQueueAreNone() {
    web.length(129);
    handshakes(100, 60);

    assertThat(FoundThings.kinds(host.scan()))
        .containsExactly(FindingKind.ACCEPT_QUEUE_FULL, FindingKind.LIMITED_BY_BACKLOG);
  }

  @Test
  void cookiesThatDoNotComeBackAreAFloodWithoutAListener() {
    host.scan();
    host.own().add(KernelCounter.SYNCOOKIES_SENT, 500);
    host.own().add(KernelCounter.SYNCOOKIES_RECV, 5);
    Finding flood = FoundThings.the(host.scan(SCRAPE), FindingKind.SYN_FLOOD);

    assertThat(flood.subject().kind()).isEqualTo(Subject.Kind.NAMESPACE);
  }

  @Test
  void withCookiesForEverySynTheyAreNoSign() {
    host.own().set(KernelCounter.SYNCOOKIES_MODE, 2);
    host.scan();
    host.own().add(KernelCounter.SYNCOOKIES_SENT, 500);

    assertThat(host.scan(SCRAPE).findings()).isEmpty();
  }

  @Test
  void aGroupOfManySocketsHasTheBacklogOfEach() {
    web.sockets = 4;
    web.limit(512).fullSeconds = 3;

    assertThat(FoundThings.the(host.scan(SCRAPE), FindingKind.LIMITED_BY_BACKLOG).summary())
        .contains("backlog of 128");
  }

  @Test
  void ofAGroupWithUnlikeBacklogsTheLimitIsNotKnown() {
    web.sockets = 3;
    web.limit(512).fullSeconds = 3;

    assertThat(FoundThings.kinds(host.scan(SCRAPE)))
        .isEqualTo(List.of(FindingKind.ACCEPT_QUEUE_FILLING));
  }
}
