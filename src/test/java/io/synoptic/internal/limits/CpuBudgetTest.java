package io.synoptic.internal.limits;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CpuBudgetTest {
  private long now;

  private final CpuBudget budget = new CpuBudget(0.05, 10, () -> now);

  private static long millis(long millis) {
    return TimeUnit.MILLISECONDS.toNanos(millis);
  }

  @Test
  void itStartsWithTheShareOfTenSeconds() {
    budget.spend(millis(499));
    assertThat(budget.isLeft()).isTrue();

    budget.spend(millis(2));
    assertThat(budget.isLeft()).isFalse();
  }

  @Test
  void whatIsOverdrawnIsWaitedFor() {
    budget.spend(millis(600));
    now += millis(2000);
    assertThat(budget.isLeft()).isFalse();

    now += millis(1);
    assertThat(budget.isLeft()).isTrue();
  }

  @Test
  void noMoreIsSavedThanTheShareOfTenSeconds() {
    now += TimeUnit.HOURS.toNanos(1);
    assertThat(budget.isLeft()).isTrue();

    budget.spend(millis(501));
    assertThat(budget.isLeft()).isFalse();
  }

  @Test
  void whileSomethingIsLeftThereIsNothingToWaitFor() {
    budget.spend(millis(499));

    assertThat(budget.nanosUntilLeft()).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {3, 20, 150, 4000})
  void whoWaitsUntilSomethingIsLeftSpendsTheShare(long milliseconds) {
    long start = now;
    long spent = 0;
    for (int i = 0; i < 1000; i++) {
      budget.spend(millis(milliseconds));
      spent += millis(milliseconds);
      now += budget.nanosUntilLeft() + 1;
    }

    long saved = millis(500);
    assertThat(budget.spent()).isEqualTo(spent);
    assertThat(spent).isBetween((now - start) / 20, (now - start) / 20 + saved + millis(5));
  }
}
