package io.synoptic.agent.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FiguresTest {
  /** A queue of 1,024 places with one of them free is not full. */
  @ParameterizedTest
  @CsvSource({
    "0, 0 %",
    "0.004, 0 %",
    "0.5, 50 %",
    "0.99024, 99 %",
    "0.996, 99 %",
    "0.9999999, 99 %",
    "1, 100 %",
    "1.06, 106 %"
  })
  void onlyWhatIsFullIsAHundredPercent(double ratio, String text) {
    assertThat(Figures.percent(ratio)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 s",
    "0.0001, under 1 ms",
    "0.2, 200 ms",
    "0.9999, 999 ms",
    "119.9, 119 s",
    "120, 2 min",
    "7200, 2 h",
    "172800, 2 days"
  })
  void aDurationHasOneUnit(double seconds, String text) {
    assertThat(Figures.duration(seconds)).isEqualTo(text);
  }

  @Test
  void aLongNumberCanBeRead() {
    assertThat(Figures.count(1234567L)).isEqualTo("1,234,567");
    assertThat(Figures.brief(1234567L)).isEqualTo("1.23M");
    assertThat(Figures.number(1, "listener")).isEqualTo("1 listener");
    assertThat(Figures.number(2000, "listener")).isEqualTo("2,000 listeners");
    assertThat(Figures.bytes(10 * 1024)).isEqualTo("10 KiB");
  }
}
