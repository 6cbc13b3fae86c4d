package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rules' source: what is configured comes through, and promtool accepts it. */
@Tag("waits")
class MixinIT {
  private static final Path MIXIN = RunningAgent.ROOT.resolve("deploy/mixin");

  @TempDir private Path folder;

  @Test
  void theyAreTheRenderingOfTheMixin() throws Exception {
    assertThat(jsonnet("--string", MIXIN.resolve("synoptic.jsonnet").toString()))
        .as("scripts/mixin writes it")
        .isEqualTo(Files.readString(RulesIT.RULES));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "selector: 'env=\"prod\"' | synoptic_tcp_listener_info{netns=\"\",env=\"prod\"} | synoptic_scan_success == 0",
        "agents: 'job=\"tcp\"' | up{job=\"tcp\"} == 0 | .*synoptic.*",
        "machines: 'job=\"box\"' | up{job=\"box\",pod=\"\"} | node_exporter",
        "cluster: 'k8s' | on (k8s, host) | cluster",
        "runbooks: 'https://runbooks.example/tcp' | https://runbooks.example/tcp#orphans | troubleshooting.md",
        "severities: { SynopticOrphans: 'page' } | \"severity\": \"page\" | ",
        "disabled: ['SynopticNoAgent', 'SynopticOrphans'] | SynopticAgentBlind | SynopticNoAgent",
        "acceptQueueFull: { much: 0.71, some: 0.03 } | [5m]), 1) > 0.71 | [5m]), 1) > 0.3",
        "acceptQueueHigh: { mean: 0.61, peak: 0.91 } | > 0.91 | utilization_ratio > 0.8",
        "synQueue: 0.77 | > 0.77 | limit[5m]) > 0) > 0.5",
        "closeWait: 77 | [1h])) > 77 | [1h])) > 10",
        "ephemeralPorts: { much: 0.97, rising: 0.57 } | ports:ratio > 0.57 | ports:ratio > 0.6",
        "timeWaitBuckets: 0.77 | buckets_limit > 0.77 | buckets_limit > 0.9",
        "orphans: 0.77 | orphans:ratio > 0.77 | orphans:ratio > 0.5",
        "connectsHang: 77 | > 77 | [5m])) > 10",
        "connectsFail: { perSecond: 0.7, share: 0.07, mixed: 0.27 } | > 0.27 * rate | > 0.2 *",
        "handshakesSlow: { times: 7, seconds: 0.07 } | > 7 * quantile_over_time | > 3 *",
        "retransmits: { share: 0.07, perSecond: 77 } | More than 7 % | More than 5 %",
        "abortsOnMemory: 0.77 | [5m]) > 0.77 | memory_total[5m]) > 0.1",
        "namespaceStale: 7777 | > 7777 | > 600",
      })
  void whatIsConfiguredIsInTheRules(String config, String there, String gone) throws Exception {
    String rules =
        render("(import '" + MIXIN + "/mixin.libsonnet') + { _config+:: { " + config + " } }");
    Path file = Files.writeString(folder.resolve("rules.yml"), rules);

    RulesIT.promtool(RunningPrometheus.program("promtool"), "check", "rules", file.toString());
    assertThat(rules.replace("\\\"", "\"")).contains(there);
    if (gone != null) {
      assertThat(rules).doesNotContain(gone);
      assertThat(Files.readString(RulesIT.RULES)).contains(gone);
    }
  }

  /** A value that nothing changes would be found by nobody. */
  @Test
  void everyValueIsTried() throws Exception {
    String config = Files.readString(MIXIN.resolve("config.libsonnet"));
    List<String> values =
        Pattern.compile("(?m)^    (\\w+): ")
            .matcher(config)
            .results()
            .map(m -> m.group(1))
            .toList();
    CsvSource tried =
        MixinIT.class
            .getDeclaredMethod(
                "whatIsConfiguredIsInTheRules", String.class, String.class, String.class)
            .getAnnotation(CsvSource.class);

    assertThat(Stream.of(tried.value()).map(row -> row.substring(0, row.indexOf(':'))))
        .containsExactlyInAnyOrderElementsOf(values);
  }

  /** Series are read by the selector everywhere, and each join keeps the cluster. */
  @Test
  void noRuleReadsWhatIsNotSelected() throws Exception {
    String rules =
        render(
            "(import '" + MIXIN + "/mixin.libsonnet') + { _config+:: { selector: 'env=\"p\"' } }");

    assertThat(
            rules
                .lines()
                .filter(line -> line.contains("\"expr\": "))
                .map(line -> line.replace("\\n", " ")))
        .hasSizeGreaterThan(RulesIT.alerts().size())
        .allSatisfy(
            rule ->
                assertThat(rule)
                    .doesNotContainPattern("(?<![:\\w])synoptic_\\w+(?![\\w{:])")
                    .doesNotContainPattern(" (on|by) \\((?!cluster)"));
  }

  /** As JSON, which is YAML, and rendered thirty times as fast. */
  private static String render(String mixin) throws Exception {
    return jsonnet(
        "--exec",
        "local m = "
            + mixin
            + "; { groups: m.prometheusRules.groups + m.prometheusAlerts.groups }");
  }

  private static String jsonnet(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(RunningPrometheus.program("jsonnet")));
    command.addAll(List.of(arguments));
    Process jsonnet = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
    String rendered = new String(jsonnet.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(jsonnet.waitFor()).isZero();
    return rendered;
  }
}
