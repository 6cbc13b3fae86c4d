package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.synoptic.agent.command.BadOption;
import io.synoptic.agent.web.InvalidInputException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** Every option there is, with a wrong value of each kind: one line says what to write. */
class WrongOptionsTest {
  private static final String SECRET =
      "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ\n-----END PRIVATE KEY-----\n";
  private static final String HASH = "$2y$10$NLMTXmjvQpa1n1tyFYMvEeiWbOCeUlDgVjXFK1HzMNWRJJwv2CyDq";

  private static List<OptionSpec> options() {
    return new Options().commandLine().getCommandSpec().options();
  }

  /** What a user reads; empty if it is taken. */
  static Optional<String> refusal(String... args) {
    Options options = new Options();
    try {
      options.commandLine().parseArgs(args);
      options.check();
      return Optional.empty();
    } catch (ParameterException e) {
      return Optional.of(BadOption.message(e));
    } catch (InvalidInputException e) {
      return Optional.of(e.getMessage());
    }
  }

  static Stream<Arguments> wrong() {
    return options().stream()
        .filter(option -> !option.usageHelp() && !option.versionHelp())
        .flatMap(option -> wrongValues(option).map(value -> arguments(option, value)));
  }

  /** Numbers that are none, have a unit or lack one, are out of bounds or fractions; texts. */
  private static Stream<String> wrongValues(OptionSpec option) {
    if (option.arity().max() == 0) {
      return Stream.of("maybe", "2", SECRET, HASH);
    }
    return switch (option.longestName()) {
      // Any name may be a file's.
      case "--web.config.file", "--otlp.headers.file" -> Stream.empty();
      case "--web.telemetry-path" ->
          Stream.of(
              "/",
              "",
              "metrics",
              "/-/ready",
              "/-",
              "/api/v1/now",
              "/page/page.css",
              "/a b",
              "/metrics/",
              "/a\"b",
              "/..",
              "//a",
              "/a/./b",
              "/a?b",
              "/" + "a".repeat(5000),
              SECRET);
      case "--web.listen-address" ->
          Stream.of("9000", "host", ":65536", "host:-1", "http://a:1", "", SECRET, HASH);
      case "--netns.include", "--netns.exclude" -> Stream.of("[a", "{a", "", "[" + HASH);
      case "--path.procfs", "--path.sysfs", "--path.logs" -> Stream.of("/nowhere", "", SECRET);
      default ->
          Stream.of(
              "soon",
              "",
              "-1",
              "-1s",
              "1.5.5",
              "1e9",
              "NaN",
              "0x1",
              "99999999999999999999",
              "1 2",
              "1d",
              "3000000h",
              "4294967297",
              SECRET,
              HASH);
    };
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void aWrongValueIsOneLineThatSaysWhatToWrite(OptionSpec option, String value) {
    String name = option.longestName();
    Optional<String> message = refusal(name + "=" + value);

    assertThat(message).isPresent();
    assertThat(message.get())
        .startsWith(name)
        .containsPattern(": (write .+|it takes no value)")
        .hasLineCount(1)
        .doesNotContain("Exception", "Invalid value", "PRIVATE", "MC4CAQ", "2y$10", "NLMTX");
    if (value.matches("[A-Za-z0-9.-]{1,20}")) {
      assertThat(message.get()).as("what was written").startsWith(name + "=" + value + ": ");
    }
  }

  @Test
  void anOptionWithoutItsValueSaysWhatItTakes() {
    for (OptionSpec option : options()) {
      if (option.arity().min() > 0) {
        assertThat(refusal(option.longestName()).orElseThrow())
            .startsWith(option.longestName() + " needs a value: write " + option.longestName());
      }
    }
  }

  @Test
  void anOptionThatIsThereTwiceIsNamed() {
    assertThat(refusal("--scan.timeout=1s", "--scan.timeout=2s"))
        .contains("--scan.timeout is there twice: write it once");
  }

  @Test
  void whatIsNoOptionIsNotRepeatedWithItsValue() {
    for (String[] args :
        List.of(
            new String[] {"--web.password=Kx7qQm2v"},
            new String[] {"--web.password", "Kx7qQm2v"},
            new String[] {"-pKx7qQm2v"},
            new String[] {"Kx7qQm2v"},
            new String[] {"--ports.top=Kx7$qQm2v"},
            new String[] {SECRET},
            new String[] {"--", "Kx7qQm2v"})) {
      assertThat(refusal(args).orElseThrow())
          .hasLineCount(1)
          .doesNotContain("Kx7", "qQm", "MC4CAQ");
    }
    assertThat(refusal("--web.password=x").orElseThrow()).startsWith("--web.password is no option");
  }
}
