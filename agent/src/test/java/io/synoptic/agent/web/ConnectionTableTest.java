package io.synoptic.agent.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.agent.web.ConnectionTable.Closed;
import io.synoptic.agent.web.ConnectionTable.Limits;
import io.synoptic.agent.web.ConnectionTable.Reason;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who makes room for whom, by a clock of the test's own. */
class ConnectionTableTest {
  private static final AddressBlock A = block("192.0.2.1");
  private static final AddressBlock B = block("192.0.2.2");
  private static final AddressBlock C = block("192.0.2.3");

  private long now;

  /** 4 connections of 10 bytes, 3 a block; 1,000 bytes, 600 a block; an answer takes 100. */
  private final ConnectionTable<String> table =
      new ConnectionTable<>(new Limits(4, 3, 1000, 600, 10, 100, 1, 30, 30), () -> now);

  private static AddressBlock block(String address) {
    try {
      return AddressBlock.of(InetAddress.getByName(address));
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  private List<Closed<String>> open(String name, AddressBlock block) {
    now++;
    return table.opened(name, block);
  }

  private List<Closed<String>> write(String name, Object body, long bytes) {
    now++;
    table.waits(name);
    return table.writes(name, body, bytes, bytes);
  }

  private static Closed<String> closed(String name, Reason reason) {
    return new Closed<>(name, reason);
  }

  @Test
  void aSixtyFourIsOneBlockAndAnAddressOfIpv4AnotherEach() {
    assertThat(block("2001:db8::1")).isEqualTo(block("2001:db8::ffff:1:2:3"));
    assertThat(block("2001:db8::1")).isNotEqualTo(block("2001:db8:0:1::1"));
    assertThat(block("::ffff:192.0.2.1")).isEqualTo(A);
    assertThat(A).isNotEqualTo(B);
  }

  @Test
  void oneTooManyOfABlockTakesThePlaceOfItsLongest() {
    open("a1", A);
    open("a2", A);
    open("a3", A);
    assertThat(open("a4", A)).containsExactly(closed("a1", Reason.ADDRESS_LIMIT));
  }

  @Test
  void manyOfABlockThatComeAtOnceAreHeardAll() {
    for (int i = 0; i < 4; i++) {
      assertThat(table.opened("a" + i, A)).isEmpty();
    }
    assertThat(table.opened("a4", A)).containsExactly(closed("a0", Reason.LIMIT));
    now++;
    assertThat(table.opened("a5", A))
        .containsExactly(closed("a1", Reason.ADDRESS_LIMIT), closed("a2", Reason.ADDRESS_LIMIT));
  }

  @Test
  void oneTooManyTakesThePlaceOfTheBlockThatHasMost() {
    open("b1", B);
    open("a1", A);
    open("a2", A);
    open("a3", A);
    assertThat(open("c1", C)).containsExactly(closed("a1", Reason.LIMIT));
    assertThat(open("c2", C)).containsExactly(closed("a2", Reason.LIMIT));
  }

  @Test
  void whoWaitsOrIsAnsweredMakesRoomAfterWhoHasNotAsked() {
    open("writing", A);
    open("waiting", A);
    open("reading", A);
    write("writing", new Object(), 1);
    table.waits("waiting");
    assertThat(open("a4", A)).containsExactly(closed("reading", Reason.ADDRESS_LIMIT));
    assertThat(open("a5", A)).containsExactly(closed("a4", Reason.ADDRESS_LIMIT));
    table.waits("a5");
    assertThat(open("a6", A)).containsExactly(closed("waiting", Reason.ADDRESS_LIMIT));
  }

  @Test
  void whoHasAskedIsOwedAnAnswerAndWhoHasJustComeAMoment() {
    open("answered", A);
    table.waits("answered");
    table.reads("answered");
    now++;
    assertThat(table.owes(now, 5)).as("kept, and idle").isFalse();

    open("new", B);
    assertThat(table.owes(now, 5)).isTrue();
    now += 5;
    assertThat(table.owes(now, 5)).as("too slow").isFalse();

    table.waits("new");
    now += 5;
    assertThat(table.owes(now, 5)).isTrue();
    table.reads("new");
    assertThat(table.owes(now - 1, 5)).as("about to close").isTrue();
    table.closed("new");
    assertThat(table.owes(now - 1, 5)).isFalse();
  }

  @Test
  void theSuspectMakeRoomFirst() {
    open("a1", A);
    open("suspect", A);
    open("a3", A);
    table.waits("suspect");
    table.suspect("suspect", true);
    assertThat(open("a4", A)).containsExactly(closed("suspect", Reason.ADDRESS_LIMIT));
  }

  @Test
  void nothingIsChargedWhileARequestWaits() {
    open("a1", A);
    open("a2", A);
    table.waits("a1");
    table.waits("a2");
    assertThat(table.writes("a1", new Object(), 500, 50)).isEmpty();
    assertThat(table.writes("a2", new Object(), 500, 50))
        .containsExactly(closed("a1", Reason.ADDRESS_LIMIT));
  }

  @Test
  void aBodyThatSeveralAreSentIsHeldOnce() {
    Object body = new Object();
    for (String each : List.of("a1", "a2", "a3")) {
      open(each, A);
      assertThat(write(each, body, 200)).isEmpty();
    }
    table.reads("a1");
    assertThat(write("a1", new Object(), 200))
        .as("that of another scan")
        .containsExactly(closed("a2", Reason.ADDRESS_LIMIT), closed("a3", Reason.ADDRESS_LIMIT));
  }

  @Test
  void theBlockThatHoldsMostBytesMakesRoomForAnothersAnswer() {
    open("a1", A);
    open("b1", B);
    open("b2", B);
    write("b1", new Object(), 400);
    write("a1", new Object(), 200);
    open("c1", C);
    assertThat(write("c1", new Object(), 300)).containsExactly(closed("b1", Reason.LIMIT));
  }

  @Test
  void anAnswerThatIsLargerThanTheLimitsIsSentAllTheSame() {
    open("a1", A);
    open("b1", B);
    assertThat(write("a1", new Object(), 5000)).containsExactly(closed("b1", Reason.LIMIT));
  }

  @Test
  void whatAClientMayNotHaveReadCountsAfterItsAnswer() {
    ConnectionTable<String> small =
        new ConnectionTable<>(new Limits(99, 99, 250, 250, 10, 100, 1, 30, 30), () -> now);
    for (String each : List.of("a1", "a2")) {
      small.opened(each, A);
      small.waits(each);
      assertThat(small.writes(each, "body", 4, 400)).isEmpty();
      small.reads(each);
    }
    small.opened("a3", A);
    small.waits("a3");
    assertThat(small.writes("a3", "body", 4, 400))
        .containsExactly(closed("a1", Reason.ADDRESS_LIMIT));
  }

  @Test
  void aRequestAndAnAnswerHaveADeadlineEachAndAScanHasItsOwn() {
    open("request", A);
    open("answer", A);
    open("scan", A);
    write("answer", new Object(), 1);
    table.waits("scan");
    now += 29;
    assertThat(table.overdue()).containsExactly(closed("request", Reason.REQUEST_TIMEOUT));
    now += 10;
    assertThat(table.overdue()).containsExactly(closed("answer", Reason.ANSWER_TIMEOUT));
    now += 1000;
    assertThat(table.overdue()).isEmpty();
  }

  /** The thread that looks for overdue connections sleeps until then. */
  @Test
  void nothingIsOverdueBeforeTheFirstDeadline() {
    assertThat(table.nanosUntilDue()).as("of one that comes now").isEqualTo(30);
    open("request", A);
    now += 10;
    open("scan", A);
    table.waits("scan");
    assertThat(table.nanosUntilDue()).isEqualTo(30 - 11);
    table.closed("request");
    assertThat(table.nanosUntilDue()).isEqualTo(30);
  }

  @Test
  void whatHasGoneHoldsNothing() {
    for (int i = 0; i < 100; i++) {
      open("a" + i, A);
      assertThat(write("a" + i, new Object(), 500)).isEmpty();
      table.closed("a" + i);
      assertThat(table.writes("a" + i, new Object(), 500, 500)).isEmpty();
    }
  }
}
