package io.synoptic.agent.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.TcpState;
import io.synoptic.agent.command.StateSums.Sum;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StateDiagramTest {
  private static Map<String, Sum> sums(long each) {
    Map<String, Sum> sums = new LinkedHashMap<>();
    for (TcpState state : TcpState.ALL) {
      sums.put(state.label(), new Sum(2 * each + 1, each + 1, each));
    }
    return sums;
  }

  private static String drawn(Map<String, Sum> sums, boolean unicode) {
    List<String> lines = StateDiagram.lines(sums, unicode).stream().map(Line::text).toList();
    assertThat(lines).allMatch(line -> line.length() <= 79);
    return String.join("\n", lines);
  }

  @Test
  void everyStateHasABoxWithItsCounts() {
    String drawn = drawn(sums(40), true);

    for (TcpState state : TcpState.ALL) {
      if (state != TcpState.CLOSE) {
        assertThat(drawn).containsPattern(state.label().toUpperCase(Locale.ROOT) + " +81 │");
      }
    }
    assertThat(drawn.split("in 41 +out 40", -1)).hasSize(10);
  }

  @Test
  void withoutUnicodeItIsPlainAscii() {
    assertThat(drawn(sums(1), false)).matches("[ -~\n]+");
  }

  @Test
  void greatNumbersFit() {
    assertThat(drawn(sums(49_999_999), true)).contains("│ in 50.0M out 50.0M │");
  }

  @Test
  void whatIsNotKnownIsADash() {
    assertThat(drawn(Map.of(), true)).containsPattern("ESTABLISHED +– │");
    assertThat(drawn(Map.of("syn_sent", new Sum(3, null, null)), true))
        .containsPattern("in – +out –");
  }
}
