package io.synoptic.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A titled table, for people and for Markdown. */
final class Table {
  private final String title;
  private final List<List<String>> rows = new ArrayList<>();

  Table(String title, String... header) {
    this.title = title;
    rows.add(List.of(header));
  }

  void add(String... row) {
    rows.add(List.of(row));
  }

  String text() {
    int[] widths =
        IntStream.range(0, rows.get(0).size())
            .map(column -> rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0))
            .toArray();
    return title + "\n" + lines(rows, row -> "  " + padded(row, widths));
  }

  private static String padded(List<String> row, int[] widths) {
    StringBuilder line = new StringBuilder(String.format("%-" + widths[0] + "s", row.get(0)));
    for (int column = 1; column < widths.length; column++) {
      line.append(String.format("  %" + widths[column] + "s", row.get(column)));
    }
    return line.toString();
  }

  String markdown() {
    List<List<String>> all = new ArrayList<>(rows);
    List<String> alignment = new ArrayList<>(rows.get(0).stream().map(cell -> "---:").toList());
    alignment.set(0, "---");
    all.add(1, alignment);
    return "**" + title + "**\n\n" + lines(all, row -> "| " + String.join(" | ", row) + " |");
  }

  private static String lines(List<List<String>> rows, Function<List<String>, String> line) {
    return rows.stream().map(line).collect(Collectors.joining("\n", "", "\n"));
  }
}
