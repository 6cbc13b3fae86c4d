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
import org.junit.jupiter.api.io.TempDir;

/** The shipped rules by themselves: promtool reads them, and asks them made-up histories. */
@Tag("waits")
class RulesIT {
  static final Path RULES = RunningAgent.ROOT.resolve("deploy/prometheus/synoptic.rules.yml");
  private static final Path CASES =
      RunningAgent.ROOT.resolve("deploy/prometheus/tests/synoptic.test.yml");
  private static final Pattern OF_HOST_OR_AGENT =
      Pattern.compile("^(Orphans on|TCP on|\\{\\{ \\$labels.instance|No agent on)");
  private static final Pattern ALERT = Pattern.compile("- alert: \"(\\w+)\"");

  /** Names of all alerts. */
  static List<String> alerts() throws Exception {
    return ALERT.matcher(Files.readString(RULES)).results().map(m -> m.group(1)).toList();
  }

  static void promtool(String... arguments) throws Exception {
    Process promtool = new ProcessBuilder(List.of(arguments)).redirectErrorStream(true).start();
    String said = new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(promtool.waitFor()).as(said).isZero();
  }

  @Test
  void promtoolAcceptsThem() throws Exception {
    promtool(RunningPrometheus.program("promtool"), "check", "rules", RULES.toString());
  }

  /** For each alert a history in which it rises, one that is like it and healthy, and an end. */
  @Test
  void everyAlertComesOnceWhenItShouldAndIsSilentOtherwise(@TempDir Path folder) throws Exception {
    RuleHistories histories = RuleHistories.of(CASES);
    Path cases = Files.writeString(folder.resolve("cases.yml"), histories.withQuestions(RULES));

    assertThat(histories.names()).doesNotHaveDuplicates();
    assertThat(histories.whole()).containsExactlyInAnyOrderElementsOf(alerts());
    promtool(RunningPrometheus.program("promtool"), "test", "rules", cases.toString());
  }

  @Test
  void everyAlertHasASummaryADescriptionARunbookAndASeverity() throws Exception {
    String page = MarkdownPage.read("docs/troubleshooting.md").text();
    List<String> headings =
        page.lines()
            .filter(line -> line.startsWith("## "))
            .map(line -> MarkdownPage.slug(line.substring(3)))
            .toList();
    Matcher alert =
        Pattern.compile(
                "- alert: \"\\w+\"\\s+annotations:\\s+description: \"[^\\n]+\"\\s+"
                    + "runbook_url: \"[^\\n]+#([^\\n]+)\"\\s+summary: \"[^\\n]+\"\\s+"
                    + "expr: [^#]+?\\s+for: \"\\d+m\"\\s+"
                    + "labels:\\s+severity: \"(critical|warning|info)\"\\s")
            .matcher(Files.readString(RULES));
    List<String> runbooks = alert.results().map(match -> match.group(1)).toList();

    assertThat(runbooks).hasSameSizeAs(alerts());
    assertThat(headings).containsAll(runbooks);
  }

  /** A pod or else the unit, process or program; a host, where a host has it; an agent. */
  @Test
  void everySummaryNamesItsSubject() throws Exception {
    List<String> summaries =
        Pattern.compile(" summary: \"(.+)\"")
            .matcher(Files.readString(RULES))
            .results()
            .map(match -> match.group(1))
            .toList();
    String pod = "{{ with $labels.pod }}{{ $labels.namespace }}/{{ . }}";

    assertThat(summaries).hasSameSizeAs(alerts());
    for (String summary : summaries) {
      if (OF_HOST_OR_AGENT.matcher(summary).find()) {
        assertThat(summary).containsAnyOf("$labels.host }}", "$labels.instance }}");
      } else {
        assertThat(summary).contains(pod);
        if (summary.contains("$labels.port")) {
          assertThat(summary).contains("or .Labels.unit .Labels.process \\\"the program\\\"");
        }
      }
    }
  }

  /** Of how many minutes of a day each alert fires, if a level only ever moves about its mean. */
  @Test
  void aDayOfNoiseFiresNothingForMoreThanFiveMinutes(@TempDir Path folder) throws Exception {
    Path cases = Files.writeString(folder.resolve("noise.test.yml"), NoiseHistory.ofADay(RULES));

    promtool(RunningPrometheus.program("promtool"), "test", "rules", cases.toString());
  }
}
