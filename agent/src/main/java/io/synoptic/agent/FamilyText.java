package io.synoptic.agent;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.synoptic.agent.Exposition.Format;
import java.util.List;

/**
 * What every exposition says of a family: its names, type, unit and help text, as the Prometheus
 * client writes them. Made once, for rows come with each report.
 */
final class FamilyText {
  /** What the values mean. */
  enum Type {
    GAUGE("gauge", "gauge", ""),
    COUNTER("counter", "counter", "_total"),
    /** Always 1. */
    INFO("gauge", "info", "_info"),
    SUMMARY("summary", "summary", ""),
    UNKNOWN("untyped", "unknown", "");

    private final String text;
    private final String openMetrics;
    private final String suffix;

    Type(String text, String openMetrics, String suffix) {
      this.text = text;
      this.openMetrics = openMetrics;
      this.suffix = suffix;
    }
  }

  private final Type type;
  private final String name;
  private final byte[] textHeader;
  private final byte[] openMetricsHeader;
  private final byte[][] seriesNames;
  private final byte[][] labelNames;
  private final int[] places;

  /**
   * The text of a family.
   *
   * @param name without what a type adds, {@code _total} or {@code _info}
   * @param unit which the name ends with, or empty
   * @param labels names of the labels, in the order in which rows have the values
   */
  FamilyText(Type type, String name, String unit, String help, List<String> labels) {
    this.type = type;
    this.name = name;
    String series = name + type.suffix;
    textHeader = bytes(help("HELP", series, escaped(help)) + line("TYPE", series, type.text));
    openMetricsHeader =
        bytes(
            line("TYPE", name, type.openMetrics)
                + (unit.isEmpty() ? "" : line("UNIT", name, unit))
                + help("HELP", name, escaped(help).replace("\"", "\\\"")));
    seriesNames =
        type == Type.SUMMARY
            ? new byte[][] {bytes(name + "_count"), bytes(name + "_sum")}
            : new byte[][] {bytes(series)};
    List<String> sorted = labels.stream().sorted().toList();
    labelNames = new byte[labels.size() + 1][];
    for (int i = 0; i < sorted.size(); i++) {
      labelNames[i] = bytes((i == 0 ? "{" : "\",") + sorted.get(i) + "=\"");
    }
    labelNames[sorted.size()] = bytes(sorted.isEmpty() ? " " : "\"} ");
    places = labels.stream().mapToInt(sorted::indexOf).toArray();
  }

  private static String line(String keyword, String name, String words) {
    return "# " + keyword + " " + name + " " + words + "\n";
  }

  private static String help(String keyword, String name, String help) {
    return help.isEmpty() ? "" : line(keyword, name, help);
  }

  private static String escaped(String help) {
    return help.replace("\\", "\\\\").replace("\n", "\\n");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  Type type() {
    return type;
  }

  /** By which families are sorted. */
  String name() {
    return name;
  }

  /** The lines before the rows. */
  byte[] header(Format format) {
    return switch (format) {
      case TEXT -> textHeader;
      case OPEN_METRICS -> openMetricsHeader;
    };
  }

  /** What a series' line begins with; of a summary the count's. */
  byte[] seriesName() {
    return seriesNames[0];
  }

  /** What the line of a summary's sum begins with. */
  byte[] sumName() {
    return seriesNames[1];
  }

  int labels() {
    return places.length;
  }

  /** The place of a row's label among those sorted by name, as they are written. */
  int place(int label) {
    return places[label];
  }

  /** What is written before the value of the label at a place; behind the last, what ends them. */
  byte[] before(int place) {
    return labelNames[place];
  }
}
