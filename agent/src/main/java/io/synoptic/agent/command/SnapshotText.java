package io.synoptic.agent.command;

import io.synoptic.agent.now.Now;
import io.synoptic.agent.text.Figures;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Everything once, as tables. */
final class SnapshotText {
  private final List<Line> lines = new ArrayList<>();
  private final Now now;
  private final int width;

  private SnapshotText(Now now, int width) {
    this.now = now;
    this.width = width;
  }

  /** The lines below the headline. */
  static List<Line> lines(Now now, List<String> notes, int width) {
    SnapshotText text = new SnapshotText(now, width);
    text.listeners();
    text.states();
    text.owners();
    notes.forEach(
        note -> {
          text.lines.add(Line.of(""));
          text.lines.addAll(Paragraph.lines("", 0, note, width));
        });
    return text.lines;
  }

  private void listeners() {
    List<ListenerRow> rows = new ArrayList<>(ListenerRow.all(now));
    rows.sort(ListenerRow.FULLEST.thenComparing(ListenerRow.BY_ADDRESS));
    Table table = new Table(ListenerRow.columns(now));
    rows.forEach(row -> table.add(row.style(), row.cells(now)));
    section("Listeners", table);
  }

  private void states() {
    Table table =
        new Table(
            List.of(
                Column.left("STATE"),
                Column.right("SOCKETS"),
                Column.right("INBOUND"),
                Column.right("OUTBOUND")));
    for (Map.Entry<String, StateSums.Sum> state : StateSums.of(now.namespaces()).entrySet()) {
      StateSums.Sum sum = state.getValue();
      if (sum.sockets() > 0) {
        table.add(
            Style.PLAIN,
            List.of(
                state.getKey(),
                Figures.count(sum.sockets()),
                Figures.count(sum.inbound()),
                Figures.count(sum.outbound())));
      }
    }
    section("Sockets by state", table);
  }

  private void owners() {
    List<OwnerRow> rows = new ArrayList<>(OwnerRow.all(now));
    rows.sort(Comparator.comparingLong(OwnerRow::total).reversed());
    Table table = new Table(OwnerRow.columns(now));
    rows.forEach(row -> table.add(Style.PLAIN, row.cells(now)));
    section("Owners of connections", table);
  }

  private void section(String title, Table table) {
    lines.add(Line.of(""));
    lines.add(new Line().add(Style.BOLD, title));
    lines.addAll(table.lines(width));
  }
}
