package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A symptom that docs/troubleshooting.md has an expression for, and how docs/lab.md makes it.
 *
 * @param reproduction the commands under its heading, without the question at their end
 */
record Symptom(String name, String expression, List<String> reproduction) {
  private static final Pattern EXPRESSION = Pattern.compile("```promql\n(?<expression>.+)\n```\n");
  private static final Pattern SECTION =
      Pattern.compile(
          "\n## (?<name>.+)\n[^`]*\n```sh\n(?<commands>[^`]+)\nask '(?<question>.+)'\n```\n");
  private static final Pattern MINUTES = Pattern.compile("\\[(\\d+)m]");

  /** All by heading, in their order; fails if the two pages don't agree. */
  static Map<String, Symptom> readAll() throws IOException {
    Map<String, String> expressions = new LinkedHashMap<>();
    String headings = Files.readString(page("docs/troubleshooting.md"));
    for (String section : headings.split("\n## ", -1)) {
      Matcher expression = EXPRESSION.matcher(section);
      if (expression.find()) {
        expressions.put(section.lines().findFirst().orElseThrow(), expression.group("expression"));
      }
    }
    Map<String, String> questions = new LinkedHashMap<>();
    Map<String, Symptom> symptoms = new LinkedHashMap<>();
    Matcher section = SECTION.matcher(Files.readString(page("docs/lab.md")));
    while (section.find()) {
      String name = section.group("name");
      questions.put(name, section.group("question"));
      symptoms.put(
          name,
          new Symptom(name, section.group("question"), section.group("commands").lines().toList()));
    }
    assertThat(new ArrayList<>(questions.entrySet()))
        .as("docs/lab.md asks what docs/troubleshooting.md has, in the same order")
        .isEqualTo(new ArrayList<>(expressions.entrySet()));
    return symptoms;
  }

  private static Path page(String name) {
    return RunningAgent.ROOT.resolve(name);
  }

  /** The expression where time runs 30 times as fast: a minute is two seconds. */
  String hastened() {
    return MINUTES
        .matcher(expression)
        .replaceAll(minutes -> "[" + 2 * Integer.parseInt(minutes.group(1)) + "s]");
  }
}
