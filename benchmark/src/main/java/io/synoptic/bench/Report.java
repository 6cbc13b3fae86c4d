package io.synoptic.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Turns results into tables on stdout and as Markdown, and a chart: {@code Report FOLDER}, with
 * what it finds of results.csv, start.csv, neighbours.csv, namespaces.csv, listeners.csv, rest.csv
 * and viewers.csv there.
 */
public final class Report {
  private Report() {}

  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]);
    List<Table> tables = new ArrayList<>();
    List<Reading> readings =
        lines(folder.resolve("results.csv")).stream().map(Reading::parse).toList();
    if (!readings.isEmpty()) {
      Standings standings = new Standings(readings);
      tables.addAll(standings.tables());
      Files.writeString(folder.resolve("chart.svg"), new Chart(standings).svg());
    }
    StartTable.of(lines(folder.resolve("start.csv"))).ifPresent(tables::add);
    NeighbourTable.of(lines(folder.resolve("neighbours.csv"))).ifPresent(tables::add);
    tables.addAll(
        NamespaceTable.of(
            lines(folder.resolve("namespaces.csv")).stream().map(Scans::parse).toList()));
    ListenerTable.of(lines(folder.resolve("listeners.csv")).stream().map(Polls::parse).toList())
        .ifPresent(tables::add);
    tables.addAll(
        RestTable.of(lines(folder.resolve("rest.csv")).stream().map(Turn::parse).toList()));
    ViewerTable.of(lines(folder.resolve("viewers.csv"))).ifPresent(tables::add);
    System.out.println(tables.stream().map(Table::text).collect(Collectors.joining("\n")));
    Files.writeString(
        folder.resolve("table.md"),
        tables.stream().map(Table::markdown).collect(Collectors.joining("\n")));
  }

  /** Without the header; none where there is no file. */
  private static List<String> lines(Path csv) throws IOException {
    return Files.exists(csv) ? Files.readAllLines(csv).stream().skip(1).toList() : List.of();
  }
}
