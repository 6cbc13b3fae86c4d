package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The shipped rules by themselves: promtool reads them, and asks them made-up histories. */
@Tag("waits")
class RulesIT {
  static final Path RULES = RunningAgent.ROOT.resolve("deploy/prometheus/synoptic.rules.yml");
  private static final Path CASES =
      RunningAgent.ROOT.resolve("deploy/prometheus/tests/synoptic.test.yml");
  private static final Pattern ALERT = Pattern.compile("- alert: (\\w+)");

  /** Names of all alerts. */
  static List<String> alerts() throws Exception {
    return ALERT.matcher(Files.readString(RULES)).results().map(m -> m.group(1)).toList();
  }

  private static void promtool(String... arguments) throws Exception {
    Process promtool = new ProcessBuilder(List.of(arguments)).redirectErrorStream(true).start();
    String said = new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(promtool.waitFor()).as(said).isZero();
  }

  @Test
  void promtoolAcceptsThem() throws Exception {
    promtool(RunningPrometheus.program("promtool"), "check", "rules", RULES.toString());
  }

  @Test
  void everyAlertComesWhenItShouldAndIsSilentOtherwise() throws Exception {
    promtool(RunningPrometheus.program("promtool"), "test", "rules", CASES.toString());
    String cases = Files.readString(CASES);
    assertThat(alerts())
        .allSatisfy(alert -> assertThat(cases).contains("{alertname=\"" + alert + "\""));
  }

  @Test
  void everyAlertHasASummaryADescriptionAndASeverity() throws Exception {
    String rules = Files.readString(RULES);
    Matcher alert =
        Pattern.compile(
                "- alert: \\w+\n +expr: [^#]+?\n(?: +for: \\d+m\n)?"
                    + " +labels:\n +severity: (critical|warning|info)\n"
                    + " +annotations:\n +summary: [^\n]+\n +description: >-\n")
            .matcher(rules);
    assertThat(alert.results()).hasSameSizeAs(alerts());
  }
}
