package io.synoptic.bench;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** What all readings come to. */
final class Standings {
  private final List<Reading> readings;
  private final List<Integer> sizes;

  Standings(List<Reading> readings) {
    this.readings = readings;
    this.sizes = readings.stream().map(Reading::sockets).distinct().sorted().toList();
  }

  int smallest() {
    return sizes.get(0);
  }

  int largest() {
    return sizes.get(sizes.size() - 1);
  }

  List<Table> tables() {
    return sizes.stream().map(this::table).toList();
  }

  private Table table(int sockets) {
    Table table =
        new Table(
            String.format(
                "%,d sockets: one reading, median (least–most) of %d rounds",
                sockets, readings.stream().mapToInt(Reading::round).max().orElse(0)),
            "",
            "CPU ms",
            "× bare dump",
            "wall ms",
            "peak MiB",
            "growth MiB");
    for (Entrant entrant : Entrant.values()) {
      table.add(has(entrant, sockets) ? row(entrant, sockets) : missing(entrant));
    }
    return table;
  }

  boolean has(Entrant entrant, int sockets) {
    return of(entrant, sockets).findAny().isPresent();
  }

  private static String[] missing(Entrant entrant) {
    return new String[] {entrant.title(), "missing", "", "", "", ""};
  }

  private String[] row(Entrant entrant, int sockets) {
    boolean grows = sockets > smallest() && has(entrant, smallest());
    double peak = peakMib(entrant, sockets);
    return new String[] {
      entrant.title(),
      cpuMillis(entrant, sockets).toString(),
      ratios(entrant, sockets).toString(),
      spread(entrant, sockets, reading -> reading.cost().wallMillis()).toString(),
      Spread.number(peak),
      grows ? String.format("%+,.1f", peak - peakMib(entrant, smallest())) : "–"
    };
  }

  Spread cpuMillis(Entrant entrant, int sockets) {
    return spread(entrant, sockets, reading -> reading.cost().cpuMillis());
  }

  private double peakMib(Entrant entrant, int sockets) {
    return spread(entrant, sockets, reading -> reading.cost().peakKib() / 1024.0).median();
  }

  /** CPU against that of the bare dump in the same round. */
  Spread ratios(Entrant entrant, int sockets) {
    return Spread.of(
        of(entrant, sockets)
            .mapToDouble(reading -> reading.cost().cpuMillis() / bareMillis(reading)));
  }

  private double bareMillis(Reading reading) {
    return of(Entrant.BARE, reading.sockets())
        .filter(bare -> bare.round() == reading.round())
        .mapToDouble(bare -> bare.cost().cpuMillis())
        .findFirst()
        .orElseThrow();
  }

  private Spread spread(Entrant entrant, int sockets, ToDoubleFunction<Reading> figure) {
    return Spread.of(of(entrant, sockets).mapToDouble(figure));
  }

  private Stream<Reading> of(Entrant entrant, int sockets) {
    return readings.stream()
        .filter(reading -> reading.entrant() == entrant && reading.sockets() == sockets);
  }

  /** Those with a figure at the largest size, in the order of the table. */
  List<Entrant> finishers() {
    return Arrays.stream(Entrant.values()).filter(entrant -> has(entrant, largest())).toList();
  }
}
