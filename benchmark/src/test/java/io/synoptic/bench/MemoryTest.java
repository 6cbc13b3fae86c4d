package io.synoptic.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MemoryTest {
  /** One alone, one of two processes, one of four, and that of zeros. */
  private static final List<Long> FRAMES = List.of(1L, 2L, 4L, 0L);

  @Test
  void sharesAPageWithThoseWhoMapIt() throws Exception {
    assertThat(Memory.of(FRAMES, Map.of(), frame -> frame)).isEqualTo(new Memory(12, 7));
  }

  @Test
  void doesNotShareWithWhoIsNotToCount() throws Exception {
    assertThat(Memory.of(FRAMES, Map.of(2L, 1, 4L, 2), frame -> frame))
        .isEqualTo(new Memory(12, 10));
  }
}
