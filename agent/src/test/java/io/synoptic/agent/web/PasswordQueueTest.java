package io.synoptic.agent.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.agent.web.PasswordQueue.Limits;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Whose password is checked when, by a clock of the test's own in milliseconds. */
class PasswordQueueTest {
  private static final long MS = 1_000_000;
  private static final long LONG = 3_600_000 * MS;

  private long now = 1;

  /** 2 workers, 6 capacity, 2 a block, 1 s of rest that may be put off. */
  private final PasswordQueue<String> queue =
      new PasswordQueue<>(new Limits(2, 6, 2, 1000 * MS), () -> now);

  private static AddressBlock block(int number) {
    try {
      return AddressBlock.of(
          InetAddress.getByAddress(new byte[] {10, 0, (byte) (number >> 8), (byte) number}));
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  private Optional<String> add(String ticket, int block) {
    return queue.add(ticket, block(block), 0, LONG);
  }

  /** A check that takes 100 ms. */
  private void wrong(int block) {
    now += 100 * MS;
    queue.checked(block(block), 0, 100 * MS, false);
  }

  @Test
  void whoseAddressHasCostLeastIsNextAndThenWhoCameFirst() {
    add("a1", 1);
    add("a2", 1);
    add("b1", 2);
    assertThat(queue.next(0)).contains("a1");
    wrong(1);
    add("c1", 3);
    assertThat(queue.next(0)).contains("b1");
    wrong(2);
    assertThat(queue.next(0)).contains("c1");
    queue.checked(block(3), 0, 100 * MS, true);
    now += 10_000 * MS;
    assertThat(queue.next(0)).contains("a2");
  }

  /** A crowd from addresses that have cost nothing yet. */
  @Test
  void whoFillsTheQueueMakesRoomForTheFirstOfAnotherAddress() {
    for (int block = 1; block <= 3; block++) {
      assertThat(add("first of " + block, block)).isEmpty();
      assertThat(add("second of " + block, block)).isEmpty();
    }
    assertThat(add("first of 4", 4)).contains("second of 3");
    assertThat(add("first of 5", 5)).contains("second of 2");
    assertThat(add("first of 6", 6)).contains("second of 1");
    assertThat(add("first of 7", 7)).contains("first of 7");
  }

  @Test
  void aLaneRestsThreeTimesAsLongAsItHasComputed() {
    add("a1", 1);
    add("a2", 1);
    assertThat(queue.next(0)).contains("a1");
    wrong(1);
    assertThat(queue.next(0)).isEmpty();
    now += 299 * MS;
    assertThat(queue.next(0)).isEmpty();
    now += MS;
    assertThat(queue.next(0)).contains("a2");
  }

  @Test
  void theFirstOfAnAddressNeedNotWaitForTheRestButTheCpuIsBounded() {
    double computed = 0;
    long start = now;
    List<String> done = new ArrayList<>();
    for (int i = 0; i < 5000; i++) {
      add("t" + i, i);
      Optional<String> next = queue.next(0);
      if (next.isPresent()) {
        done.add(next.get());
        wrong(Integer.parseInt(next.get().substring(1)));
        computed += 100 * MS;
      } else {
        now += 10 * MS;
      }
    }
    assertThat(done.subList(0, 3)).containsExactly("t0", "t1", "t2");
    assertThat(computed / (now - start)).isLessThan(0.27);
  }

  @Test
  void aRightPasswordCostsItsAddressNothing() {
    add("a1", 1);
    queue.next(0);
    queue.checked(block(1), 0, 100 * MS, true);
    assertThat(queue.hasCost(block(1))).isFalse();
    add("b1", 2);
    queue.next(0);
    wrong(2);
    assertThat(queue.hasCost(block(2))).isTrue();
  }

  @Test
  void costIsForgottenInTime() {
    wrong(1);
    now += 20 * 60_000 * MS;
    assertThat(queue.hasCost(block(1))).isFalse();
  }

  @Test
  void anAddressHasFewPlaces() {
    assertThat(add("a1", 1)).isEmpty();
    assertThat(add("a2", 1)).isEmpty();
    assertThat(add("a3", 1)).contains("a3");
    assertThat(add("b1", 2)).isEmpty();
  }

  @Test
  void whoHasCostMostMakesRoomForWhoHasCostNothing() {
    wrong(2);
    wrong(3);
    wrong(3);
    for (int i = 0; i < 6; i++) {
      assertThat(add("t" + i, i)).isEmpty();
    }
    assertThat(add("new", 9)).contains("t3");
    assertThat(add("newer", 10)).contains("t2");
    assertThat(add("newest", 11)).as("all alike").contains("newest");
  }

  @Test
  void lanesDoNotWaitForEachOther() {
    add("cheap", 1);
    queue.add("dear", block(2), 1, LONG);
    assertThat(queue.next(1)).contains("dear");
    queue.checked(block(2), 1, 60_000 * MS, false);
    assertThat(queue.next(0)).contains("cheap");
  }

  @Test
  void whoHasWaitedTooLongIsRemoved() {
    queue.add("short", block(1), 0, 100 * MS);
    add("long", 2);
    now += 99 * MS;
    assertThat(queue.expired()).isEmpty();
    now += MS;
    assertThat(queue.expired()).containsExactly("short");
    assertThat(queue.next(0)).contains("long");
  }
}
