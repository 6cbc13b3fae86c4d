package io.synoptic.internal.listeners;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LongMapTest {
  private final LongMap<String> map = new LongMap<>();

  @Test
  void anyKeyHasTheValueThatWasPutLast() {
    for (long key : new long[] {0, -1, 1, Long.MIN_VALUE, Long.MAX_VALUE}) {
      assertThat(map.get(key)).isNull();
      map.put(key, "first");
      map.put(key, "second");

      assertThat(map.get(key)).isEqualTo("second");
    }
    assertThat(map.size()).isEqualTo(5);
  }

  @Test
  void afterAnyPutsAndRemovalsItHoldsWhatAHashMapHolds() {
    Random random = new Random(7);
    Map<Long, String> referee = new HashMap<>();
    for (int round = 0; round < 200; round++) {
      for (int i = 0; i < random.nextInt(200); i++) {
        long key = (long) random.nextInt(1000) << random.nextInt(32);
        String value = Integer.toString(random.nextInt(10));
        map.put(key, value);
        referee.put(key, value);
      }
      String removed = Integer.toString(random.nextInt(10));
      map.removeIf(removed::equals);
      referee.values().removeIf(removed::equals);

      assertThat(map.size()).isEqualTo(referee.size());
      referee.forEach((key, value) -> assertThat(map.get(key)).isEqualTo(value));
    }
  }
}
