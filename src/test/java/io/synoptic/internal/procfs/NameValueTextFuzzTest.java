package io.synoptic.internal.procfs;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.testing.Seeds;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Any text in the place of netstat, snmp, sockstat and snmp6: scripts/fuzz makes more of them. */
public class NameValueTextFuzzTest {
  /** One of the three readers. */
  @FunctionalInterface
  private interface Reader {
    void read(Path file, NameValueText.Selection selection, NameValueText.Sink sink)
        throws IOException;
  }

  private static final List<Reader> READERS =
      List.of(NameValueText::readColumns, NameValueText::readPairs, NameValueText::readLines);

  /** What Jazzer calls. */
  public static void fuzzerTestOneInput(byte[] input) throws IOException {
    Path file = Files.createTempFile("synoptic-fuzz", null);
    try {
      Files.write(file, input);
      for (Reader reader : READERS) {
        read(reader, file, new String(input, StandardCharsets.ISO_8859_1));
      }
    } finally {
      Files.delete(file);
    }
  }

  /** Each value is a number in the text, under a name in the text; or the file is refused. */
  private static void read(Reader reader, Path file, String text) {
    AtomicInteger values = new AtomicInteger();
    try {
      reader.read(
          file,
          group -> name -> true,
          (group, name, value) -> {
            values.incrementAndGet();
            assertThat(name).isNotEmpty();
            assertThat(text).contains(name);
            assertThat(value).isNotNaN();
          });
    } catch (IOException e) {
      assertThat(e).hasMessageStartingWith(file.toString());
    }
    assertThat(values.get()).isLessThanOrEqualTo(text.length());
  }

  static List<Seeds.Seed> seeds() throws Exception {
    return Seeds.of("name-value-text");
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void seedsKeepWhatHoldsOfAnyText(Seeds.Seed seed) throws IOException {
    fuzzerTestOneInput(seed.bytes());
  }
}
