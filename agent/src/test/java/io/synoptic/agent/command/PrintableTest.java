package io.synoptic.agent.command;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrintableTest {
  @Test
  void namesOfAnyLanguageStayAsTheyAre() {
    assertThat(Printable.of("nginx: Arbeiter é 漢字 😀")).isEqualTo("nginx: Arbeiter é 漢字 😀");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\033]0;title\007",
        "\033[2J",
        "\u009b2J",
        "\r",
        "\n",
        "\t",
        "\u007f",
        "\u0000",
        "\u202e",
        "\u2066",
        "\u2028",
        "\u200b",
        "\u00ad"
      })
  void nothingIsLeftThatATerminalObeys(String hostile) {
    String printable = Printable.of("a" + hostile + "b");

    assertThat(printable).matches("a\\?[ -~]*b").hasSameSizeAs("a" + hostile + "b");
    assertThat(Line.of(hostile).ansi()).isEqualTo(Printable.of(hostile));
  }

  @Test
  void ofSeveralLinesTheBreaksStay() {
    assertThat(Printable.lines("a\n\tb\033[0m\r\n")).isEqualTo("a\n\tb?[0m?\n");
  }
}
