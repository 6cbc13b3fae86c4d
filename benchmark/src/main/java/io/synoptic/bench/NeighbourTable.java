package io.synoptic.bench;

import io.synoptic.bench.Neighbours.Phase;
import java.util.List;
import java.util.Optional;

/** How long the neighbours' exchanges took, beside those without an agent. */
final class NeighbourTable {
  /** A line of neighbours.csv. */
  private record Exchanges(int round, Phase phase, double p50, double p99, double p999) {
    static Exchanges parse(String csv) {
      String[] fields = csv.split(",", -1);
      return new Exchanges(
          Integer.parseInt(fields[1]),
          Phase.valueOf(fields[2]),
          Double.parseDouble(fields[4]) / 1e3,
          Double.parseDouble(fields[5]) / 1e3,
          Double.parseDouble(fields[6]) / 1e3);
    }
  }

  private NeighbourTable() {}

  static Optional<Table> of(List<String> csv) {
    List<Exchanges> all = csv.stream().map(Exchanges::parse).toList();
    if (all.isEmpty()) {
      return Optional.empty();
    }
    Table table =
        new Table(
            String.format(
                "Neighbours of %,d sockets: new connection, request and response; median"
                    + " (least–most) of %d rounds",
                Integer.parseInt(csv.get(0).split(",", -1)[0]),
                all.stream().mapToInt(Exchanges::round).max().orElse(0)),
            "",
            "p50 µs",
            "p99 µs",
            "p99.9 µs",
            "p99 ÷ no agent");
    for (Phase phase : Phase.values()) {
      List<Exchanges> own = all.stream().filter(one -> one.phase() == phase).toList();
      if (!own.isEmpty()) {
        table.add(row(phase, own, all));
      }
    }
    return Optional.of(table);
  }

  private static String[] row(Phase phase, List<Exchanges> own, List<Exchanges> all) {
    return new String[] {
      phase.title(),
      Spread.of(own.stream().mapToDouble(Exchanges::p50)).toString(),
      Spread.of(own.stream().mapToDouble(Exchanges::p99)).toString(),
      Spread.of(own.stream().mapToDouble(Exchanges::p999)).toString(),
      phase == Phase.NO_AGENT
          ? "–"
          : Spread.of(own.stream().mapToDouble(one -> one.p99() / undisturbed(one, all))).toString()
    };
  }

  /** The same round's 99th percentile without an agent. */
  private static double undisturbed(Exchanges disturbed, List<Exchanges> all) {
    return all.stream()
        .filter(one -> one.phase() == Phase.NO_AGENT && one.round() == disturbed.round())
        .mapToDouble(Exchanges::p99)
        .findFirst()
        .orElseThrow();
  }
}
