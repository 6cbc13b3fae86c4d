package io.synoptic.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class VitalsTest {
  @Test
  void countsTheWakeUpsOfThreadsThatAreLeft() {
    Vitals before = new Vitals(0, 0, Map.of("1", 100L, "2", 50L));
    Vitals after = new Vitals(1, 1, Map.of("1", 107L, "3", 4L));
    assertThat(after.wakeUpsSince(before)).isEqualTo(11);
  }
}
