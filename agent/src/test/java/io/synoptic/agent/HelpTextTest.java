package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.agent.command.HelpText;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

class HelpTextTest {
  private static List<String> words(String text) {
    return List.of(text.strip().split("\\s+"));
  }

  @ParameterizedTest
  @ValueSource(ints = {40, 57, 58, 79, 80, 81, 100, 213})
  void noWordIsBrokenHoweverWideTheTerminal(int width) {
    CommandSpec command = new Options().commandLine().getCommandSpec();

    String help = HelpText.of(command, width);

    assertThat(help).startsWith("Usage: synoptic [options]\n").doesNotContain("${");
    for (OptionSpec option : command.options()) {
      assertThat(words(help))
          .as(option.longestName())
          .containsSequence(words(String.join(" ", option.description())));
      if (!option.negatable()) {
        assertThat(help).containsPattern("(?m)[ ,]" + option.longestName() + "(=[A-Z:]+)?( |$)");
      }
    }
    assertThat(help).contains("--[no-]collector.sockets\n");
    assertThat(help.lines().filter(line -> line.strip().contains(" ")))
        .allMatch(line -> line.length() <= width);
    assertThat(help.lines()).noneMatch(line -> line.endsWith(" "));
  }
}
