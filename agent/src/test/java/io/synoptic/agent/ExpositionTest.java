package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.synoptic.Collector;
import io.synoptic.ScanReport;
import io.synoptic.SharedScanner;
import io.synoptic.SocketScanner;
import io.synoptic.agent.Exposition.Format;
import io.synoptic.agent.web.Body;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Bodies of real reports, with families of the test's own as their data. */
class ExpositionTest {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  /** Names of the families of which rows have been read, in that order. */
  private final List<String> made = new ArrayList<>();

  private int rows = 3000;

  private Exposition exposition(long maxBytes) {
    Exposition exposition =
        new Exposition(
            registry.getPrometheusRegistry(), this::families, Duration.ofHours(1), maxBytes);
    exposition.register(registry);
    return exposition;
  }

  private List<ReportCollector.Family> families(ScanReport report, Set<Collector> fresh) {
    List<ReportCollector.Family> families = new ArrayList<>();
    families.add(family("zz_health", 1));
    if (fresh.contains(Collector.SOCKETS)) {
      families.add(family("b_data", rows));
      families.add(family("a_data", rows));
      families.add(family("none", 0));
    }
    return families;
  }

  private ReportCollector.Family family(String name, int count) {
    FamilyText text = new FamilyText(FamilyText.Type.GAUGE, name, "", "Of a test.", List.of("i"));
    return new ReportCollector.Family(
        text,
        rows -> {
          made.add(name);
          for (int i = 0; i < count; i++) {
            rows.add(0, i);
            rows.label(Integer.toString(i * 7919));
          }
        });
  }

  private static ScanReport report() {
    try (SharedScanner scanner = SharedScanner.builder(SocketScanner.builder().build()).build()) {
      return scanner.fresh().join();
    }
  }

  private static String text(Body body, boolean gzip) throws Exception {
    try (InputStream in = body.open(gzip)) {
      byte[] bytes = in.readAllBytes();
      assertThat(body.length(gzip)).isEqualTo(bytes.length);
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Format.class,
      names = {"TEXT", "OPEN_METRICS"})
  void familiesComeInOrderAndTheEndComesOnce(Format format) throws Exception {
    String text = text(exposition(1 << 20).body(report(), format), false);

    assertThat(made).containsExactly("a_data", "b_data", "none", "zz_health");
    assertThat(text.lines().filter(line -> line.startsWith("a_data{"))).hasSize(3000);
    assertThat(text.lines().filter(line -> line.startsWith("b_data{"))).hasSize(3000);
    assertThat(text.lines().filter(line -> line.startsWith("# TYPE")))
        .containsExactly(
            "# TYPE a_data gauge",
            "# TYPE b_data gauge",
            "# TYPE synoptic_exposition_success gauge",
            "# TYPE zz_health gauge");
    assertThat(text.lines().filter("# EOF"::equals)).hasSize(format == Format.TEXT ? 0 : 1);
    assertThat(text)
        .endsWith(format == Format.TEXT ? "zz_health{i=\"0\"} 0.0\n" : " 0.0\n# EOF\n")
        .contains("synoptic_exposition_success 1.0");
  }

  @Test
  void aBodyIsMadeOnceForAllWhoAskAndAnewForAnotherReport() {
    Exposition exposition = exposition(1 << 20);
    ScanReport first = report();
    Body body = exposition.body(first, Format.TEXT);

    assertThat(exposition.body(first, Format.TEXT)).isSameAs(body);
    assertThat(made).hasSize(4);
    assertThat(exposition.body(report(), Format.TEXT)).isNotSameAs(body);
    assertThat(made).hasSize(8);
  }

  @Test
  void whatDoesNotFitIsLeftOutAndHealthIsAnswered() throws Exception {
    Exposition exposition = exposition(4096);
    String text = text(exposition.body(report(), Format.TEXT), false);

    assertThat(text)
        .contains("zz_health{", "synoptic_exposition_success 0.0")
        .doesNotContain("a_data", "b_data");
    assertThat(exposition.isWhole()).isFalse();

    rows = 3;
    assertThat(text(exposition.body(report(), Format.TEXT), false))
        .contains("a_data{", "synoptic_exposition_success 1.0");
    assertThat(exposition.isWhole()).isTrue();
  }
}
