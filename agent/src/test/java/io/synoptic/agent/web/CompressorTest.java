package io.synoptic.agent.web;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/** One compressor makes one body after the other. */
class CompressorTest {
  private static final int MAX_BYTES = 300_000;

  private final Compressor compressor = new Compressor(MAX_BYTES);

  /** Bytes that can't be compressed. */
  private static byte[] noise(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private Body body(byte[] text) throws IOException {
    return compressor.body(
        out -> {
          int half = text.length / 2;
          out.write(text, 0, half);
          out.write(text, half, text.length - half);
        });
  }

  private void assertCarries(byte[] text) throws IOException {
    Body body = body(text);

    try (InputStream plain = body.open(false);
        InputStream sent = body.open(true)) {
      byte[] compressed = sent.readAllBytes();
      assertThat(plain.readAllBytes()).isEqualTo(text);
      assertThat(body.length(false)).isEqualTo(text.length);
      assertThat(body.length(true)).isEqualTo(compressed.length).isEqualTo(body.heldBytes());
      try (InputStream gzip = new GZIPInputStream(new ByteArrayInputStream(compressed))) {
        assertThat(gzip.readAllBytes()).isEqualTo(text);
      }
    }
  }

  @Test
  void bodiesOfAnySize() throws IOException {
    for (int length : new int[] {0, 1, 4000, 4096, 5000, 70_000, 299_000, 10}) {
      assertCarries(noise(length));
    }
    assertCarries("synoptic ".repeat(200_000).getBytes(US_ASCII));
  }

  @Test
  void aBodyOutlivesTheNext() throws IOException {
    byte[] text = noise(5000);
    Body first = body(text);
    assertCarries(noise(6000));

    try (InputStream in = first.open(false)) {
      assertThat(in.readAllBytes()).isEqualTo(text);
    }
  }

  @Test
  void whatIsTooLargeOrFailsLeavesNothingBehind() throws IOException {
    assertThatThrownBy(() -> body(noise(MAX_BYTES)))
        .isInstanceOf(Compressor.TooLargeException.class)
        .hasMessageContaining("300000");
    assertCarries(noise(1000));

    assertThatThrownBy(
            () ->
                compressor.body(
                    out -> {
                      out.write(noise(1000));
                      throw new IOException("of the source");
                    }))
        .hasMessage("of the source");
    assertCarries(noise(1000));
  }
}
