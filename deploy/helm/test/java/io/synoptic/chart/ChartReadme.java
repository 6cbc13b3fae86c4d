package io.synoptic.chart;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The table of values in the chart's README, made from the comments of values.yaml. */
final class ChartReadme {
  private static final Pattern KEY = Pattern.compile("( *)([A-Za-z]+):.*");
  private static final Pattern COMMENT = Pattern.compile(" *# ?(.*)");
  private static final int LONGEST_DEFAULT = 60;

  private ChartReadme() {}

  /** What is said of each value, by its path. */
  static Map<String, String> descriptions() throws Exception {
    Map<String, String> descriptions = new LinkedHashMap<>();
    List<String> path = new ArrayList<>();
    StringBuilder comment = new StringBuilder();
    for (String line : Files.readAllLines(Chart.FOLDER.resolve("values.yaml"))) {
      Matcher said = COMMENT.matcher(line);
      Matcher key = KEY.matcher(line);
      if (said.matches()) {
        comment.append(comment.isEmpty() ? "" : " ").append(said.group(1));
        continue;
      }
      if (key.matches()) {
        int depth = key.group(1).length() / 2;
        if (depth <= path.size()) {
          path.subList(depth, path.size()).clear();
          path.add(key.group(2));
          if (comment.indexOf("-- ") == 0) {
            descriptions.put(String.join(".", path), comment.substring(3));
          }
        }
      }
      comment.setLength(0);
    }
    return descriptions;
  }

  /** The rows, as Markdown. */
  static String table() throws Exception {
    JsonNode values = Chart.tree(Files.readString(Chart.FOLDER.resolve("values.yaml")));
    StringBuilder table = new StringBuilder("| value | default | |\n| --- | --- | --- |\n");
    descriptions()
        .forEach(
            (path, description) -> {
              String standard = values.at("/" + path.replace('.', '/')).toString();
              table
                  .append("| `")
                  .append(path)
                  .append("` | ")
                  .append(
                      standard.equals("\"\"")
                          ? ""
                          : standard.length() > LONGEST_DEFAULT
                              ? "see `values.yaml`"
                              : "`" + standard.replaceAll("^\"(.*)\"$", "$1") + "`")
                  .append(" | ")
                  .append(description)
                  .append(" |\n");
            });
    return table.toString();
  }

  /** The paths of what has no further keys, and of what a comment describes as a whole. */
  static List<String> leaves(JsonNode values, String path, Map<String, String> described) {
    List<String> leaves = new ArrayList<>();
    if (values.isObject() && !values.isEmpty() && !described.containsKey(path)) {
      for (String key : Chart.keys(values)) {
        String below = path.isEmpty() ? key : path + "." + key;
        leaves.addAll(leaves(values.path(key), below, described));
      }
    } else {
      leaves.add(path);
    }
    return leaves;
  }
}
