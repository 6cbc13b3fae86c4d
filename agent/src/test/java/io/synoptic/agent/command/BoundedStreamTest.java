package io.synoptic.agent.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class BoundedStreamTest {
  private static InputStream bounded(int bytes, int most, Duration patience) {
    return new BoundedStream(new ByteArrayInputStream(new byte[bytes]), most, patience);
  }

  @Test
  void whatFitsIsReadWhole() throws IOException {
    assertThat(bounded(100, 100, Duration.ofMinutes(1)).readAllBytes()).hasSize(100);
    InputStream skipped = bounded(100, 100, Duration.ofMinutes(1));
    skipped.skipNBytes(99);
    assertThat(skipped.read()).isZero();
    assertThat(skipped.read()).isEqualTo(-1);
  }

  @Test
  void whatIsTooLongOrTakesTooLongIsNone() {
    assertThatThrownBy(() -> bounded(101, 100, Duration.ofMinutes(1)).readAllBytes())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("too long");
    assertThatThrownBy(() -> bounded(1, 100, Duration.ofMillis(-1)).read())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("takes too long");
  }
}
