package io.synoptic.bench;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** What it costs to watch the everyday host, and the agent's growth with listeners. */
final class RestTable {
  private final List<Turn> turns;

  private RestTable(List<Turn> turns) {
    this.turns = turns;
  }

  static List<Table> of(List<Turn> turns) {
    RestTable tables = new RestTable(turns);
    return turns.isEmpty() ? List.of() : List.of(tables.everyday(), tables.growth());
  }

  private Table everyday() {
    Table table =
        new Table(
            "The everyday host: median (least–most) of " + rounds(EverydayHost.LISTENERS),
            "",
            "CPU s an hour",
            "% of a core",
            "× node_exporter",
            "RSS MiB",
            "PSS MiB",
            "wake-ups a second",
            "bytes a scrape",
            "compressed");
    for (Watcher watcher : Watcher.values()) {
      List<Turn> own = of(watcher, EverydayHost.LISTENERS).toList();
      table.add(own.isEmpty() ? missing(watcher) : row(watcher, own));
    }
    return table;
  }

  private String rounds(int listeners) {
    List<Turn> own = turns.stream().filter(turn -> turn.listeners() == listeners).toList();
    return String.format(
        "%d rounds of %.0f s",
        own.stream().mapToInt(Turn::round).max().orElse(0),
        own.stream().mapToDouble(Turn::seconds).max().orElse(0));
  }

  private static String[] missing(Watcher watcher) {
    return new String[] {watcher.title(), "missing", "", "", "", "", "", "", ""};
  }

  private String[] row(Watcher watcher, List<Turn> own) {
    return new String[] {
      watcher.title(),
      spread(own, Turn::cpuSecondsAnHour),
      spread(own, Turn::percentOfACore),
      ratio(own, Watcher.NODE_EXPORTER, Turn::percentOfACore),
      spread(own, Turn::rssMib),
      spread(own, Turn::pssMib),
      spread(own, Turn::wakeUpsASecond),
      bytes(own, Turn::bytes),
      bytes(own, Turn::sentBytes)
    };
  }

  private Table growth() {
    Table table =
        new Table(
            "Synoptic by the number of listeners: median (least–most) of "
                + rounds(turns.get(0).listeners())
                + "; of 20: as above",
            "listeners",
            "CPU s an hour",
            "% of a core",
            "RSS MiB",
            "PSS MiB",
            "wake-ups a second",
            "CPU ms a poll",
            "bare dump ms",
            "poll ÷ bare");
    turns.stream()
        .map(Turn::listeners)
        .distinct()
        .sorted()
        .forEach(listeners -> table.add(growth(listeners)));
    return table;
  }

  private String[] growth(int listeners) {
    List<Turn> own = of(Watcher.SAMPLER, listeners).toList();
    ToDoubleFunction<Turn> millisAPoll = turn -> turn.polled().millisAPoll();
    return new String[] {
      String.format("%,d", listeners),
      spread(own, Turn::cpuSecondsAnHour),
      spread(own, Turn::percentOfACore),
      spread(own, Turn::rssMib),
      spread(own, Turn::pssMib),
      spread(own, Turn::wakeUpsASecond),
      spread(own, millisAPoll),
      spread(of(Watcher.BARE, listeners).toList(), millisAPoll),
      ratio(own, Watcher.BARE, millisAPoll)
    };
  }

  private Stream<Turn> of(Watcher watcher, int listeners) {
    return turns.stream()
        .filter(turn -> turn.watcher() == watcher && turn.listeners() == listeners);
  }

  /** Against another's in the same round; a round that it missed is no part of it. */
  private String ratio(List<Turn> own, Watcher other, ToDoubleFunction<Turn> figure) {
    return spread(
        own.stream()
            .flatMapToDouble(
                turn ->
                    of(other, turn.listeners())
                        .filter(one -> one.round() == turn.round())
                        .mapToDouble(one -> figure.applyAsDouble(turn) / figure.applyAsDouble(one)))
            .toArray());
  }

  private static String bytes(List<Turn> own, ToDoubleFunction<Turn> figure) {
    double median = Spread.of(own.stream().mapToDouble(figure)).median();
    return median == 0 ? "–" : String.format("%,.0f", median);
  }

  private static String spread(List<Turn> own, ToDoubleFunction<Turn> figure) {
    return spread(own.stream().mapToDouble(figure).toArray());
  }

  private static String spread(double... figures) {
    return figures.length == 0 ? "–" : Spread.of(Arrays.stream(figures)).toString();
  }
}
