package io.synoptic.agent;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** A dashboard of deploy/grafana, and what Grafana asks of Prometheus for it. */
record Dashboard(Map<String, Object> json) {
  static final List<String> NAMES = List.of("host", "listener", "fleet");

  private static final Pattern LABEL_VALUES = Pattern.compile("label_values\\((.+), (\\w+)\\)");
  private static final Pattern VARIABLE = Pattern.compile("\\$(?!__)[a-z]\\w*");

  /** One query of a panel. */
  record Query(String expression, String legend) {}

  /** A panel that shows something; a row is none. */
  record Panel(
      String title,
      String description,
      String type,
      String unit,
      Place place,
      List<Query> queries,
      List<String> links) {}

  /** Where a panel or row is, in units of Grafana's grid, which is 24 wide. */
  record Place(int x, int y, int w, int h) {
    boolean overlaps(Place other) {
      return x < other.x + other.w && other.x < x + w && y < other.y + other.h && other.y < y + h;
    }
  }

  /** What a variable offers: the values of a label of some series. */
  record Values(String selector, String label) {}

  static Dashboard read(String name) throws Exception {
    Path file = RunningAgent.ROOT.resolve("deploy/grafana/" + name + ".json");
    return new Dashboard(object(parse(Files.readString(file))));
  }

  /** JSON is YAML. */
  static Object parse(String json) {
    return new Load(LoadSettings.builder().setCodePointLimit(100_000_000).build())
        .loadFromString(json);
  }

  @SuppressWarnings("unchecked") // a JSON object has strings for keys
  static Map<String, Object> object(Object value) {
    return (Map<String, Object>) value;
  }

  static List<Map<String, Object>> objects(Object value) {
    List<Map<String, Object>> objects = new ArrayList<>();
    for (Object each : (List<?>) value) {
      objects.add(object(each));
    }
    return objects;
  }

  /** With "All" chosen of each variable, and an interval of the test's own. */
  private static String substituted(String expression) {
    return VARIABLE
        .matcher(expression.replace("$__rate_interval", "10s"))
        .replaceAll(Matcher.quoteReplacement(".*"));
  }

  static Place place(Map<String, Object> panel) {
    Map<String, Object> at = object(panel.get("gridPos"));
    return new Place((int) at.get("x"), (int) at.get("y"), (int) at.get("w"), (int) at.get("h"));
  }

  List<Panel> panels() {
    List<Panel> panels = new ArrayList<>();
    for (Map<String, Object> panel : objects(json.get("panels"))) {
      if (panel.get("type").equals("row")) {
        continue;
      }
      List<Query> queries = new ArrayList<>();
      for (Map<String, Object> target : objects(panel.get("targets"))) {
        queries.add(
            new Query(
                substituted((String) target.get("expr")), (String) target.get("legendFormat")));
      }
      Map<String, Object> defaults = object(object(panel.get("fieldConfig")).get("defaults"));
      panels.add(
          new Panel(
              (String) panel.get("title"),
              (String) panel.get("description"),
              (String) panel.get("type"),
              (String) defaults.get("unit"),
              place(panel),
              queries,
              urls(defaults.get("links"))));
    }
    return panels;
  }

  /** Where a click on a value leads. */
  private static List<String> urls(@Nullable Object links) {
    return links == null
        ? List.of()
        : objects(links).stream().map(link -> (String) link.get("url")).toList();
  }

  /** What is drawn across every panel: alerts and restarts. */
  List<Query> annotations() {
    return objects(object(json.get("annotations")).get("list")).stream()
        .map(
            annotation ->
                new Query(
                    substituted((String) annotation.get("expr")), (String) annotation.get("name")))
        .toList();
  }

  List<Values> variables() {
    List<Values> variables = new ArrayList<>();
    for (Map<String, Object> variable : objects(object(json.get("templating")).get("list"))) {
      if (variable.get("type").equals("query")) {
        Matcher values = LABEL_VALUES.matcher((String) object(variable.get("query")).get("query"));
        if (!values.matches()) {
          throw new AssertionError("not label_values(series, label): " + variable);
        }
        variables.add(new Values(substituted(values.group(1)), values.group(2)));
      }
    }
    return variables;
  }
}
