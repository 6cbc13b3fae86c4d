package io.synoptic.internal.owners;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.testing.TestClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class SearchLimiterTest {
  private final TestClock clock = new TestClock();
  private final SearchLimiter<String> pace = new SearchLimiter<>(2, clock);

  @Test
  void aPauseFollowsEachSearch() {
    assertThat(pace.isDue()).isTrue();
    pace.searched(0);
    assertThat(pace.isDue()).isFalse();
    clock.advance(Duration.ofMillis(4999));
    assertThat(pace.isDue()).isFalse();
    clock.advance(Duration.ofMillis(1));
    assertThat(pace.isDue()).isTrue();
  }

  @Test
  void searchingTakesLessThanAHundredthOfACore() {
    pace.searched(Duration.ofMillis(200).toNanos());
    clock.advance(Duration.ofMillis(19_999));
    assertThat(pace.isDue()).isFalse();
    clock.advance(Duration.ofMillis(1));
    assertThat(pace.isDue()).isTrue();
  }

  @Test
  void aKeyIsGivenUpAfterTheSearchesThatBeganSinceItWasFirstAskedFor() {
    assertThat(pace.isOpen("early")).isTrue();
    pace.searched(0);
    assertThat(pace.isOpen("early")).isTrue();
    assertThat(pace.isOpen("late")).isTrue();
    pace.searched(0);
    assertThat(pace.isOpen("early")).isFalse();
    assertThat(pace.isOpen("late")).isTrue();
    pace.searched(0);
    assertThat(pace.isOpen("late")).isFalse();
  }
}
