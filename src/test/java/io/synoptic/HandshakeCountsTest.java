package io.synoptic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.synoptic.testing.TestHandshakes;
import org.junit.jupiter.api.Test;

class HandshakeCountsTest {
  private static final HandshakeCounts NUMBERED =
      HandshakeCounts.ofNumbered(TestHandshakes.numbers(i -> 1 + i));

  @Test
  void eachNumberIsReadInItsPlace() {
    assertThat(NUMBERED.opened()).isEqualTo(1);
    assertThat(NUMBERED.durationSeconds()).isEqualTo(2e-6);
    assertThat(ConnectionClose.ALL.stream().map(NUMBERED::closed))
        .containsExactly(3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L, 11L);
    assertThat(ConnectFailure.ALL.stream().map(NUMBERED::failed))
        .containsExactly(12L, 13L, 14L, 15L, 16L, 17L, 18L);
    assertThat(NUMBERED.repeated(1)).isEqualTo(19);
    assertThat(NUMBERED.repeated(HandshakeCounts.MOST_REPEATS)).isEqualTo(24);
    assertThat(NUMBERED.syncookies()).isEqualTo(25);
    assertThat(NUMBERED.synAcksRepeated()).isEqualTo(26);
    assertThat(HandshakeCounts.CELLS).isEqualTo(26);
    assertThat(HandshakeCounts.SIZE).isEqualTo(60);
    assertThatThrownBy(() -> HandshakeCounts.ofNumbered(new long[59]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void eventsAreConnectionsOpenedClosedAndFailed() {
    long closedAndFailed = 0;
    for (int i = 3; i <= 18; i++) {
      closedAndFailed += i;
    }
    assertThat(NUMBERED.events()).isEqualTo(1 + closedAndFailed);
  }

  @Test
  void theBucketsOfBothKindsOfHistogramsAreSumsOfCells() {
    assertThat(HandshakeCounts.CELL_BOUNDS)
        .hasSize(33)
        .isSorted()
        .containsAll(HandshakeCounts.CLASSIC_BOUNDS)
        .containsAll(HandshakeCounts.NATIVE_BOUNDS);
    assertThat(HandshakeCounts.NATIVE_BOUNDS).hasSize(21).startsWith(1.0 / (1 << 17)).endsWith(8.0);
    long[] cells = new long[34];
    NUMBERED.durations(cells);
    for (int cell = 0; cell < cells.length; cell++) {
      assertThat(cells[cell]).isEqualTo(27 + cell);
    }
  }

  @Test
  void sums() {
    assertThat(HandshakeCounts.ZERO.isZero()).isTrue();
    assertThat(NUMBERED.isZero()).isFalse();
    assertThat(NUMBERED.plus(HandshakeCounts.ZERO)).isEqualTo(NUMBERED).hasSameHashCodeAs(NUMBERED);
    assertThat(NUMBERED.plus(NUMBERED))
        .isEqualTo(HandshakeCounts.ofNumbered(TestHandshakes.numbers(i -> 2 * (1 + i))))
        .isNotEqualTo(NUMBERED);
  }
}
