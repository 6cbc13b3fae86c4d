package io.synoptic.internal.limits;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NewSeriesLimiterTest {
  private final NewSeriesLimiter<Integer> newcomers = new NewSeriesLimiter<>(3);

  private void fillPlaces() {
    for (int i = 1; i <= 3; i++) {
      assertThat(newcomers.admits(-i, 0)).isTrue();
    }
  }

  @Test
  void soManyAreAdmittedWithinAnHourAndNoMore() {
    fillPlaces();
    int admitted = 0;
    for (int minute = 0; minute < 60; minute++) {
      admitted += newcomers.admits(minute, minute * NewSeriesLimiter.WINDOW / 60) ? 1 : 0;
    }
    assertThat(admitted).isEqualTo(3);
    assertThat(newcomers.admits(100, NewSeriesLimiter.WINDOW - 1)).isFalse();
    assertThat(newcomers.admits(100, NewSeriesLimiter.WINDOW)).isTrue();
    assertThat(newcomers.admits(101, NewSeriesLimiter.WINDOW)).isFalse();
  }

  @Test
  void whoWasAdmittedMayComeBackAndTakesNobodysTurn() {
    fillPlaces();
    for (int scan = 0; scan < 100; scan++) {
      assertThat(newcomers.admits(1, scan)).isTrue();
      assertThat(newcomers.admits(2, scan)).isTrue();
    }
    assertThat(newcomers.admits(3, 100)).isTrue();
    assertThat(newcomers.admits(4, 100)).isFalse();
    assertThat(newcomers.admits(1, 100)).isTrue();
  }

  @Test
  void whatIsOlderThanAnHourIsForgotten() {
    fillPlaces();
    newcomers.admits(1, 0);
    assertThat(newcomers.areForgotten(NewSeriesLimiter.WINDOW - 1)).isFalse();
    assertThat(newcomers.areForgotten(NewSeriesLimiter.WINDOW)).isTrue();
  }
}
