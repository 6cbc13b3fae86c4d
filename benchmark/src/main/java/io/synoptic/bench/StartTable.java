package io.synoptic.bench;

import java.util.List;
import java.util.Optional;

/** The agent's start and its size at rest. */
final class StartTable {
  private StartTable() {}

  static Optional<Table> of(List<String> csv) {
    if (csv.isEmpty()) {
      return Optional.empty();
    }
    Table table =
        new Table(
            "The agent at almost no sockets: median (least–most) of " + csv.size() + " starts",
            "",
            "figure");
    table.add("exec of ./run to the first good scrape, s", spread(csv, 0, 1000).toString());
    table.add("resident after 20 scrapes, MiB", spread(csv, 1, 1024).toString());
    return Optional.of(table);
  }

  private static Spread spread(List<String> csv, int column, double unit) {
    return Spread.of(
        csv.stream().mapToDouble(line -> Double.parseDouble(line.split(",", -1)[column]) / unit));
  }
}
