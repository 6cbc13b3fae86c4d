package io.synoptic.chart;

import com.fasterxml.jackson.databind.JsonNode;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.TemplateCommand;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** The chart, rendered by Helm. */
final class Chart {
  static final Path DEPLOY = Path.of("").toAbsolutePath().getParent();
  static final Path FOLDER = DEPLOY.resolve("helm/synoptic");

  private static final KubernetesSerialization MODEL = new KubernetesSerialization();

  private Chart() {}

  /** The files of values that the chart is tried with, ci/*-values.yaml. */
  static Stream<Path> values() throws Exception {
    try (Stream<Path> files = Files.list(FOLDER.resolve("ci"))) {
      return files.sorted().toList().stream();
    }
  }

  /** The pages that have commands for kubectl or Helm. */
  static List<Path> pages() {
    return Stream.of("../README.md", "kubernetes/README.md", "helm/synoptic/README.md")
        .map(name -> DEPLOY.resolve(name).normalize())
        .toList();
  }

  static Path values(String name) {
    return FOLDER.resolve("ci").resolve(name + "-values.yaml");
  }

  /**
   * What {@code helm template synoptic . --namespace monitoring -f VALUES --set SETTING ...} says.
   */
  static String text(Path values, String... settings) {
    return text(FOLDER, values, settings);
  }

  private static String text(Path chart, Path values, String... settings) {
    TemplateCommand template =
        new Helm(chart)
            .template()
            .withName("synoptic")
            .withNamespace("monitoring")
            .withValuesFile(values);
    for (String setting : settings) {
      String[] pair = setting.split("=", 2);
      template.set(pair[0], pair[1]);
    }
    return template.call();
  }

  /**
   * What {@code helm test} starts, which {@code helm template} leaves out of {@link #text}: of a
   * copy of the chart, in which it is no hook.
   */
  static String hooks(Path values, String... settings) throws IOException {
    Path folder = Files.createTempDirectory("synoptic-test-");
    List<Path> copies = new ArrayList<>();
    try {
      for (String name :
          List.of(
              "Chart.yaml",
              "values.yaml",
              "templates/_helpers.tpl",
              "templates/tests/figures.yaml")) {
        Path copy = folder.resolve(name);
        Files.createDirectories(copy.getParent());
        String text = Files.readString(FOLDER.resolve(name));
        copies.add(Files.writeString(copy, text.replace("helm.sh/hook", "no.hook")));
      }
      String text = text(folder, values, settings);
      return text == null ? "" : text.replace("no.hook", "helm.sh/hook");
    } finally {
      for (Path copy : copies) {
        Files.delete(copy);
      }
      for (String name : List.of("templates/tests", "templates", "")) {
        Files.delete(folder.resolve(name));
      }
    }
  }

  /** One by one. */
  static List<String> documents(String text) {
    return Arrays.stream(text.split("(?m)^---\\s*$", -1))
        .filter(document -> document.lines().anyMatch(line -> !line.matches("\\s*(#.*)?")))
        .toList();
  }

  /** As the API's model of its kind; a value of another type than the API's is refused. */
  static HasMetadata object(String document) {
    return MODEL.unmarshal(document);
  }

  /** Any YAML, or JSON. */
  static JsonNode tree(String text) {
    return MODEL.unmarshal(text, JsonNode.class);
  }

  /** The names of an object's members. */
  static List<String> keys(JsonNode object) {
    List<String> keys = new ArrayList<>();
    object.fieldNames().forEachRemaining(keys::add);
    return keys;
  }

  static <T extends HasMetadata> T only(Class<T> kind, Path values, String... settings) {
    return documents(text(values, settings)).stream()
        .map(Chart::object)
        .filter(kind::isInstance)
        .map(kind::cast)
        .reduce(
            (one, other) -> {
              throw new AssertionError("two of " + kind.getSimpleName());
            })
        .orElseThrow(() -> new AssertionError("no " + kind.getSimpleName()));
  }
}
