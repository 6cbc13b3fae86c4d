package io.synoptic.agent.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

class CommandsTest {
  @picocli.CommandLine.Command(name = "all")
  private static final class Empty {}

  static List<CommandSpec> commands() {
    return Commands.addTo(new CommandLine(new Empty())).getSubcommands().values().stream()
        .map(CommandLine::getCommandSpec)
        .toList();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandSaysWhatItDoesWithExamplesAndItsExitStatus(CommandSpec command) {
    String help = HelpText.of(command, 80);

    assertThat(help)
        .startsWith("Usage: synoptic " + command.name() + " [options]\n")
        .contains("--agent=URL", "--netns=", "Exit status:\n  0 ", "Examples:\n  ")
        .contains("\n  synoptic " + command.name() + "\n");
    assertThat(command.usageMessage().footer().length).isEven();
    assertThat(help.lines().filter(line -> line.strip().contains(" ")))
        .allMatch(line -> line.length() <= 80);
    assertThat(Commands.has(command.name())).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost:10119",
        "ftp://host",
        "http://",
        "http://user:secret@host",
        "http://host/?a",
        "x y"
      })
  void whatIsNoAgentsUrlIsRefused(String url) {
    assertThatThrownBy(() -> Sources.base(url))
        .isInstanceOf(UnavailableException.class)
        .hasMessageStartingWith("--agent: write none, or a URL ")
        .hasMessageNotContaining("secret");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"http://127.0.0.1:10119", "https://[::1]:9/", "http://host/behind/a/proxy"})
  void anAgentsPagesAreBelowItsUrl(String url) throws Exception {
    assertThat(Sources.base(url).resolve("metrics").toString())
        .isEqualTo(url + (url.endsWith("/") ? "" : "/") + "metrics");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--for=0s", "--for=2h", "--for=soon", "--netns=some"})
  void valuesThatMeanNothingAreRefused(String option) {
    CommandLine doctor = new CommandLine(new Doctor());

    assertThatThrownBy(() -> doctor.parseArgs(option))
        .isInstanceOf(CommandLine.ParameterException.class)
        .hasMessageContaining(option.substring(0, option.indexOf('=')));
    assertThat(Arrays.asList(new Doctor().misused(), new Snapshot().misused()))
        .containsExactly(3, 2);
  }
}
