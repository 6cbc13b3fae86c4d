package io.synoptic.bench;

import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** What scrapes cost by the number of people who look at the page. */
final class ViewerTable {
  /** A line of viewers.csv. */
  private record Looked(
      int round, int viewers, double scrapeMicros, double cpuMillis, double answers, double bytes) {
    static Looked parse(String csv) {
      String[] fields = csv.split(",", -1);
      return new Looked(
          Integer.parseInt(fields[0]),
          Integer.parseInt(fields[1]),
          Double.parseDouble(fields[3]),
          Double.parseDouble(fields[4]),
          Double.parseDouble(fields[5]),
          Double.parseDouble(fields[6]));
    }
  }

  private ViewerTable() {}

  static Optional<Table> of(List<String> csv) {
    List<Looked> all = csv.stream().map(Looked::parse).toList();
    if (all.isEmpty()) {
      return Optional.empty();
    }
    Table table =
        new Table(
            String.format(
                "People who look, one scrape a second beside them: median (least–most) of %d rounds",
                all.stream().mapToInt(Looked::round).max().orElse(0)),
            "viewers",
            "scrape ms",
            "÷ without",
            "CPU ms a second",
            "bytes a viewer and second");
    all.stream().map(Looked::viewers).distinct().sorted().forEach(n -> table.add(row(n, all)));
    return Optional.of(table);
  }

  private static String[] row(int viewers, List<Looked> all) {
    List<Looked> own = all.stream().filter(one -> one.viewers() == viewers).toList();
    return new String[] {
      String.valueOf(viewers),
      spread(own, one -> one.scrapeMicros() / 1e3),
      viewers == 0 ? "–" : spread(own, one -> one.scrapeMicros() / alone(one, all)),
      spread(own, Looked::cpuMillis),
      viewers == 0 ? "–" : spread(own, one -> one.bytes() / one.answers())
    };
  }

  /** The same round's scrapes when nobody looks. */
  private static double alone(Looked looked, List<Looked> all) {
    return all.stream()
        .filter(one -> one.viewers() == 0 && one.round() == looked.round())
        .mapToDouble(Looked::scrapeMicros)
        .findFirst()
        .orElseThrow();
  }

  private static String spread(List<Looked> looked, ToDoubleFunction<Looked> figure) {
    return Spread.of(looked.stream().mapToDouble(figure)).toString();
  }
}
