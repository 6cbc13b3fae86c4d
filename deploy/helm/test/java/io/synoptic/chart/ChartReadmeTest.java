package io.synoptic.chart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Who reads the chart's README knows each value, and Artifact Hub the chart. */
class ChartReadmeTest {
  private static final Path README = Chart.FOLDER.resolve("README.md");

  private static JsonNode file(String name) throws Exception {
    return Chart.tree(Files.readString(Chart.FOLDER.resolve(name)));
  }

  static Stream<String> leaves() throws Exception {
    return ChartReadme.leaves(file("values.yaml"), "", ChartReadme.descriptions()).stream();
  }

  /** {@code -Dsynoptic.manifests=write} writes them again. */
  @Test
  void itsRowsAreThoseOfValues() throws Exception {
    String text = Files.readString(README);
    int start = text.indexOf("| value | default | |");
    int end = text.indexOf("\n\n", start) + 1;
    String table = ChartReadme.table();
    if ("write".equals(System.getProperty("synoptic.manifests"))) {
      text = text.substring(0, start) + table + text.substring(end);
      Files.writeString(README, text);
    }

    assertThat(text).contains(table);
  }

  @ParameterizedTest
  @MethodSource("leaves")
  void eachValueHasARowAndIsTriedWithAnotherThanItsDefault(String path) throws Exception {
    String pointer = "/" + path.replace('.', '/');

    assertThat(ChartReadme.descriptions()).containsKey(path);
    JsonNode tried = file("ci/everything-values.yaml").at(pointer);
    assertThat(tried.isMissingNode()).isFalse();
    assertThat(path.equals("mode") || !tried.equals(file("values.yaml").at(pointer))).isTrue();
  }

  @Test
  void whatIsNoValueHasNoRow() throws Exception {
    JsonNode values = file("values.yaml");

    assertThat(ChartReadme.descriptions().keySet())
        .hasSizeGreaterThan(80)
        .allMatch(path -> !values.at("/" + path.replace('.', '/')).isMissingNode());
  }

  /** The schema of helm/chart-testing for Chart.yaml: what has to be there, and nothing else. */
  @Test
  void theChartsOwnFileIsWhatChartTestingTakes() throws Exception {
    JsonNode chart = file("Chart.yaml");
    String version = chart.path("appVersion").asText();

    assertThat(List.of("name", "home", "version", "apiVersion", "description"))
        .allMatch(key -> chart.path(key).isTextual());
    assertThat(chart.path("home").asText()).startsWith("https://");
    assertThat(chart.fieldNames())
        .toIterable()
        .isSubsetOf(
            "name",
            "home",
            "version",
            "apiVersion",
            "appVersion",
            "description",
            "keywords",
            "sources",
            "maintainers",
            "icon",
            "deprecated",
            "kubeVersion",
            "annotations",
            "type");
    assertThat(chart.path("sources")).isNotEmpty().allMatch(JsonNode::isTextual);
    assertThat(chart.path("maintainers"))
        .isNotEmpty()
        .allSatisfy(
            maintainer -> {
              assertThat(maintainer.path("name").isTextual()).isTrue();
              assertThat(maintainer.fieldNames()).toIterable().isSubsetOf("name", "email", "url");
            });
    assertThat(chart.path("annotations")).isNotEmpty().allMatch(JsonNode::isTextual);
    assertThat(Chart.tree(chart.path("annotations").path("artifacthub.io/images").asText()).get(0))
        .isEqualTo(Chart.tree("name: synoptic\nimage: synoptic:%s".formatted(version)));
  }
}
