package io.synoptic;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class CpuBudgetTest {
  private long now;

  private final CpuBudget budget = new CpuBudget(0.05, () -> now);

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
}
