package io.synoptic.agent.command;

import java.util.ArrayList;
import java.util.List;

/** Cells in columns, each as wide as its widest cell; two blanks between them. */
final class Table {
  private static final String GAP = "  ";

  /** A row of cells; what is missing is empty. */
  record Row(Style style, List<String> cells) {}

  private final List<Column> columns;
  private final List<Row> rows = new ArrayList<>();

  Table(List<Column> columns) {
    this.columns = columns;
  }

  void add(Style style, List<String> cells) {
    rows.add(new Row(style, cells));
  }

  /** The heading and the rows; the last column alone is cut where a line would be longer. */
  List<Line> lines(int width) {
    int[] widths = new int[columns.size()];
    List<String> titles = columns.stream().map(Column::title).toList();
    for (int i = 0; i < widths.length; i++) {
      widths[i] = length(titles.get(i));
      for (Row row : rows) {
        widths[i] = Math.max(widths[i], length(row.cells.get(i)));
      }
    }
    List<Line> lines = new ArrayList<>();
    lines.add(line(new Row(Style.DIM, titles), widths, width));
    rows.forEach(row -> lines.add(line(row, widths, width)));
    return lines;
  }

  private Line line(Row row, int[] widths, int width) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String cell = Printable.of(row.cells.get(i));
      String blanks = " ".repeat(widths[i] - length(cell));
      text.append(i == 0 ? "" : GAP);
      text.append(columns.get(i).right() ? blanks + cell : cell + blanks);
    }
    return new Line().add(row.style, cut(text.toString().stripTrailing(), width));
  }

  /** At most so many characters. */
  static String cut(String text, int width) {
    return length(text) <= width
        ? text
        : text.substring(0, text.offsetByCodePoints(0, Math.max(0, width - 1))) + "~";
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }
}
