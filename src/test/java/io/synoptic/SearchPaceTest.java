package io.synoptic;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class SearchPaceTest {
  private final TestClock clock = new TestClock();
  private final SearchPace<String> pace = new SearchPace<>(2, clock);

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
