package io.synoptic.internal.netns;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.internal.limits.NewSeriesLimiter;
import io.synoptic.internal.netns.NamespaceLimiter.Rank;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class NamespaceLimiterTest {
  private final NamespaceLimiter places = new NamespaceLimiter(20);
  private long now;

  private List<Long> take(long first, int count, Rank rank, String user) {
    return LongStream.range(first, first + count)
        .filter(namespace -> places.take(namespace, rank, user, now))
        .boxed()
        .toList();
  }

  @Test
  void aUserHasATenthOfThePlaces() {
    assertThat(take(1, 20, Rank.USERS, "1000")).containsExactly(1L, 2L);
    assertThat(take(100, 20, Rank.USERS, "1001")).containsExactly(100L, 101L);
    assertThat(take(200, 30, Rank.ROOTS, null)).hasSize(20);
  }

  @Test
  void whoHasAPlaceKeepsItWhileItLives() {
    take(1, 2, Rank.USERS, "1000");
    assertThat(take(100, 30, Rank.NAMED, null)).hasSize(20);
    assertThat(places.has(1)).isFalse();

    assertThat(take(100, 20, Rank.NAMED, null)).hasSize(20);
    assertThat(take(300, 5, Rank.NAMED, null)).isEmpty();
    Set<Long> alive = new HashSet<>(places.holders());
    alive.remove(105L);
    places.retain(alive, now);
    assertThat(take(300, 5, Rank.NAMED, null)).containsExactly(300L);
    assertThat(places.has(105)).isFalse();
  }

  @Test
  void theYoungestOfTheLowestRankMakesRoom() {
    take(1, 18, Rank.ROOTS, null);
    take(100, 2, Rank.USERS, "1000");
    take(200, 1, Rank.NAMED, null);
    assertThat(places.has(100)).isTrue();
    assertThat(places.has(101)).isFalse();
    take(300, 1, Rank.ROOTS, null);
    assertThat(places.has(100)).isFalse();
    assertThat(take(301, 1, Rank.ROOTS, null)).isEmpty();
    take(400, 1, Rank.NAMED, null);
    assertThat(places.has(300)).isFalse();
    assertThat(places.holders()).hasSize(20);
  }

  @Test
  void aUserWhoseNamespacesComeAndGoMakesNoSeriesWithoutEnd() {
    int shown = 0;
    for (int i = 0; i < 1000; i++) {
      places.retain(Set.of(), now);
      shown += take(i, 1, Rank.USERS, "1000").size();
    }
    assertThat(shown).isEqualTo(2 + 2);
    now += NewSeriesLimiter.WINDOW;
    assertThat(take(2000, 1, Rank.USERS, "1000")).hasSize(1);
  }

  @Test
  void withoutPlacesNobodyHasOne() {
    NamespaceLimiter none = new NamespaceLimiter(0);
    assertThat(none.take(1, Rank.NAMED, null, now)).isFalse();
    assertThat(none.take(1, Rank.USERS, "1000", now)).isFalse();
  }
}
