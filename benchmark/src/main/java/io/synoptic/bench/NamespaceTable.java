package io.synoptic.bench;

import java.util.List;
import java.util.function.ToDoubleFunction;

/** What it cost to read all of many namespaces, beside entering one after the other. */
final class NamespaceTable {
  private final List<Scans> scans;

  private NamespaceTable(List<Scans> scans) {
    this.scans = scans;
  }

  static List<Table> of(List<Scans> all) {
    return all.stream()
        .map(Scans::namespaces)
        .distinct()
        .map(number -> all.stream().filter(one -> one.namespaces() == number).toList())
        .map(scans -> new NamespaceTable(scans).table())
        .toList();
  }

  private Table table() {
    Table table =
        new Table(
            String.format(
                "%,d namespaces of %,d sockets each, in the host's table: median (least–most) of"
                    + " %d rounds",
                scans.get(0).namespaces(),
                scans.get(0).sockets(),
                scans.stream().mapToInt(Scans::round).max().orElse(0)),
            "",
            "CPU ms",
            "× setns() and dump",
            "longest call, CPU ms");
    table.add("setns() and bare dump of each", millis(Scans::dumpNanos), "1.00", "");
    table.add(
        "bpf, one bare scan",
        millis(Scans::bpfNanos),
        ratio(Scans::bpfNanos),
        millis(Scans::longestNanos));
    table.add(
        "Synoptic, bpf: a scrape with counters and text",
        millis(Scans::agentNanos),
        ratio(Scans::agentNanos),
        "");
    return table;
  }

  private String millis(ToDoubleFunction<Scans> nanos) {
    return Spread.of(scans.stream().mapToDouble(one -> nanos.applyAsDouble(one) / 1e6)).toString();
  }

  private String ratio(ToDoubleFunction<Scans> nanos) {
    return Spread.of(scans.stream().mapToDouble(one -> nanos.applyAsDouble(one) / one.dumpNanos()))
        .toString();
  }
}
