package io.synoptic.agent;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.synoptic.agent.Exposition.Format;
import io.synoptic.catalogue.MetricFamily.Bounds;
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
    HISTOGRAM("histogram", "histogram", ""),
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
  private final byte[][] bucketLabels;
  private final int[] places;
  private final FamilyProtobuf protobuf;

  /**
   * The text of a family.
   *
   * @param name without what a type adds, {@code _total} or {@code _info}
   * @param unit which the name ends with, or empty
   * @param labels names of the labels, in the order in which rows have the values
   */
  FamilyText(Type type, String name, String unit, String help, List<String> labels) {
    this(type, name, unit, help, labels, Bounds.NONE);
  }

  /**
   * The text of a family.
   *
   * @param bounds of a histogram; none for any other type
   */
  FamilyText(Type type, String name, String unit, String help, List<String> labels, Bounds bounds) {
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
        switch (type) {
          case SUMMARY -> new byte[][] {bytes(name + "_count"), bytes(name + "_sum")};
          case HISTOGRAM ->
              new byte[][] {bytes(name + "_count"), bytes(name + "_sum"), bytes(name + "_bucket")};
          default -> new byte[][] {bytes(series)};
        };
    List<String> sorted = labels.stream().sorted().toList();
    labelNames = new byte[labels.size() + 1][];
    for (int i = 0; i < sorted.size(); i++) {
      labelNames[i] = bytes((i == 0 ? "{" : "\",") + sorted.get(i) + "=\"");
    }
    labelNames[sorted.size()] = bytes(sorted.isEmpty() ? " " : "\"} ");
    String beforeBound = (sorted.isEmpty() ? "{" : "\",") + "le=\"";
    bucketLabels = new byte[bounds.cells().size() + 1][];
    for (int i = 0; i < bounds.cells().size(); i++) {
      double bound = bounds.cells().get(i);
      bucketLabels[i] =
          bounds.classic().contains(bound) ? bytes(beforeBound + bound + "\"} ") : null;
    }
    bucketLabels[bounds.cells().size()] = bytes(beforeBound + "+Inf\"} ");
    places = labels.stream().mapToInt(sorted::indexOf).toArray();
    protobuf = new FamilyProtobuf(type, series, help, sorted, bounds);
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
      case PROTOBUF -> protobuf.header();
    };
  }

  /** What a series' line begins with; of a summary or histogram the count's. */
  byte[] seriesName() {
    return seriesNames[0];
  }

  /** What the line of a summary's or histogram's sum begins with. */
  byte[] sumName() {
    return seriesNames[1];
  }

  /** What the line of a histogram's bucket begins with. */
  byte[] bucketName() {
    return seriesNames[2];
  }

  /** A histogram's cells. */
  int cells() {
    return bucketLabels.length;
  }

  /**
   * What is written behind the value of the last label in the line of the bucket that a cell is the
   * last of; null if it is no bucket's last.
   */
  byte[] bound(int cell) {
    return bucketLabels[cell];
  }

  int labels() {
    return places.length;
  }

  /** The same as a protocol buffer. */
  FamilyProtobuf protobuf() {
    return protobuf;
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
