package io.synoptic;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PollPaceTest {
  private static final long MILLISECOND = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long INTERVAL = 250 * MILLISECOND;

  private final PollPace pace = new PollPace(INTERVAL);

  @Test
  void pollsThatAreCheapKeepTheirInterval() {
    for (long now = 0; now < 1000 * INTERVAL; now += INTERVAL) {
      assertThat(pace.after(now, MILLISECOND)).isEqualTo(INTERVAL);
    }
  }

  @Test
  void theFirstPollsOfAColdJvmDelayNoneAfterThem() {
    assertThat(pace.after(0, 60 * MILLISECOND)).isEqualTo(INTERVAL);
    assertThat(pace.after(INTERVAL, 20 * MILLISECOND)).isEqualTo(INTERVAL);
    assertThat(pace.after(2 * INTERVAL, MILLISECOND)).isEqualTo(INTERVAL);
  }

  @ParameterizedTest
  @ValueSource(longs = {3, 20, 150, 4000})
  void howeverLongPollsTakeTheirShareIsAHundredthOfACore(long milliseconds) {
    long now = 0;
    long spent = 0;
    for (int i = 0; i < 1000; i++) {
      now += pace.after(now, milliseconds * MILLISECOND);
      spent += milliseconds * MILLISECOND;
    }

    assertThat(spent).isBetween(now / 100, now / 100 + 2 * PollPace.SAVINGS);
  }

  @Test
  void whatIsSavedIsBounded() {
    pace.after(0, 0);
    long longAfter = TimeUnit.HOURS.toNanos(1);

    assertThat(pace.after(longAfter, 2 * PollPace.SAVINGS)).isEqualTo(100 * PollPace.SAVINGS);
  }
}
