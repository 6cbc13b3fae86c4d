package io.synoptic.bench;

import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** What the sampler cost and saw, by the number of listeners. */
final class ListenerTable {
  private ListenerTable() {}

  static Optional<Table> of(List<Polls> all) {
    if (all.isEmpty()) {
      return Optional.empty();
    }
    Table table =
        new Table(
            String.format(
                "The sampler beside %,d other sockets: median (least–most) of %d rounds of %.0f s",
                all.get(0).sockets(),
                all.stream().mapToInt(Polls::round).max().orElse(0),
                all.get(0).seconds()),
            "listeners",
            "polls",
            "CPU ms a poll",
            "with GC and JIT",
            "% of a core",
            "% observed",
            "bare dump ms",
            "poll ÷ bare");
    all.stream()
        .map(Polls::listeners)
        .distinct()
        .sorted()
        .forEach(listeners -> table.add(row(listeners, all)));
    return Optional.of(table);
  }

  private static String[] row(int listeners, List<Polls> all) {
    List<Polls> own = all.stream().filter(one -> one.listeners() == listeners).toList();
    return new String[] {
      String.format("%,d", listeners),
      String.format("%.0f", Spread.of(own.stream().mapToDouble(Polls::polls)).median()),
      spread(own, Polls::millis),
      spread(own, Polls::agentMillis),
      spread(own, Polls::percentOfACore),
      spread(own, Polls::percentObserved),
      spread(own, Polls::bareMillis),
      spread(own, one -> one.millis() / one.bareMillis())
    };
  }

  private static String spread(List<Polls> polls, ToDoubleFunction<Polls> figure) {
    return Spread.of(polls.stream().mapToDouble(figure)).toString();
  }
}
