package io.synoptic.agent.command;

import io.synoptic.agent.now.Now;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** One picture of {@link Top}: its lines for a terminal of a size. */
final class TopFrame {
  private static final String KEYS =
      "q quit  ? help  / filter  Enter details  Space pause  sort: f fullest  d drops  c connections"
          + "  n name";

  /** A row that can be chosen; details say all of it. */
  private record Row(String key, Line line, List<Line> details) {}

  private final Now now;
  private final String origin;
  private final TopState state;
  private final Instant clock;
  private final int width;

  TopFrame(Now now, String origin, TopState state, Instant clock, int width) {
    this.now = now;
    this.origin = origin;
    this.state = state;
    this.clock = clock;
    this.width = width;
  }

  /** All lines, for where no cursor can be moved. */
  List<Line> plain() {
    List<Line> lines = new ArrayList<>();
    lines.add(headline());
    findings(lines, Integer.MAX_VALUE);
    List<Row> listeners = listeners();
    List<Row> owners = owners();
    lines.add(listenerTitle);
    listeners.forEach(row -> lines.add(row.line));
    lines.add(ownerTitle);
    owners.forEach(row -> lines.add(row.line));
    return lines;
  }

  private Line listenerTitle = Line.of("");
  private Line ownerTitle = Line.of("");

  /** The lines for so many rows of a terminal. */
  List<Line> lines(int height) {
    List<Line> lines = new ArrayList<>();
    lines.add(headline());
    List<Row> listeners = listeners();
    List<Row> owners = owners();
    List<Row> all = new ArrayList<>(listeners);
    all.addAll(owners);
    state.show(all.stream().map(Row::key).toList());
    int body = Math.max(1, height - 2);
    List<Line> shown =
        switch (state.mode()) {
          case HELP -> help();
          case DETAILS -> all.isEmpty() ? List.of() : all.get(state.selected()).details;
          default -> table(listeners, owners, body);
        };
    lines.addAll(shown.subList(0, Math.min(body, shown.size())));
    while (lines.size() < height - 1) {
      lines.add(Line.of(""));
    }
    lines.add(footer());
    return lines;
  }

  private Line headline() {
    Line line = Headline.of(now, origin, clock);
    return state.isPaused() ? new Line().add(Style.INVERSE, "paused").add(" ").add(line) : line;
  }

  private Line footer() {
    String text =
        switch (state.mode()) {
          case FILTER -> "/" + state.filter() + "_  Enter keeps it, Esc drops it";
          case HELP, DETAILS -> "any key: back  q quit";
          case LIST -> (state.filter().isEmpty() ? "" : "/" + state.filter() + "  ") + KEYS;
        };
    return new Line().add(Style.DIM, Table.cut(text, width));
  }

  /** The findings' first lines, then both tables around the chosen row. */
  private List<Line> table(List<Row> listeners, List<Row> owners, int height) {
    List<Line> lines = new ArrayList<>();
    findings(lines, Math.max(1, height / 4));
    List<Line> rows = new ArrayList<>();
    int chosen = -1;
    rows.add(listenerTitle);
    for (int i = 0; i < listeners.size() + owners.size(); i++) {
      if (i == listeners.size()) {
        rows.add(Line.of(""));
        rows.add(ownerTitle);
      }
      Row row = i < listeners.size() ? listeners.get(i) : owners.get(i - listeners.size());
      boolean isChosen = i == state.selected();
      chosen = isChosen ? rows.size() : chosen;
      rows.add(isChosen ? row.line.inverse(width) : row.line);
    }
    int room = Math.max(1, height - lines.size());
    int from = Math.max(0, Math.min(chosen - room / 2, rows.size() - room));
    lines.addAll(rows.subList(from, Math.min(rows.size(), from + room)));
    return lines;
  }

  private void findings(List<Line> lines, int most) {
    now.findings().stream()
        .limit(most)
        .forEach(
            one ->
                lines.add(
                    new Line()
                        .add(
                            Style.of(one.severity()),
                            Table.cut(
                                one.severity()
                                    + "  "
                                    + DoctorText.subject(now, one)
                                    + "  "
                                    + one.summary(),
                                width))));
  }

  private List<Row> listeners() {
    Comparator<ListenerRow> order =
        switch (state.order()) {
          case FULL -> ListenerRow.FULLEST;
          case DROPS -> Comparator.comparingDouble(ListenerRow::drops).reversed();
          case CONNECTIONS -> Comparator.comparingLong(ListenerRow::connections).reversed();
          case NAME -> ListenerRow.BY_ADDRESS;
        };
    List<ListenerRow> found = new ArrayList<>();
    Table table = new Table(ListenerRow.columns(now));
    ListenerRow.all(now).stream()
        .filter(row -> state.matches(String.join(" ", row.cells(now))))
        .sorted(order.thenComparing(ListenerRow.BY_ADDRESS))
        .forEach(
            row -> {
              found.add(row);
              table.add(row.style(), row.cells(now));
            });
    List<Line> lines = table.lines(width);
    listenerTitle = lines.get(0);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < found.size(); i++) {
      ListenerRow row = found.get(i);
      String key = "listener " + row.namespaceName() + " " + row.name();
      rows.add(new Row(key, lines.get(i + 1), TopDetails.of(now, row, clock, width)));
    }
    return rows;
  }

  private List<Row> owners() {
    Comparator<OwnerRow> order =
        state.order() == TopState.Order.NAME
            ? Comparator.comparing(OwnerRow::name)
            : Comparator.comparingLong(OwnerRow::total).reversed();
    List<OwnerRow> found = new ArrayList<>();
    Table table = new Table(OwnerRow.columns(now));
    OwnerRow.all(now).stream()
        .filter(row -> state.matches(String.join(" ", row.cells(now))))
        .sorted(order.thenComparing(OwnerRow::name))
        .forEach(
            row -> {
              found.add(row);
              table.add(Style.PLAIN, row.cells(now));
            });
    List<Line> lines = table.lines(width);
    ownerTitle = lines.get(0);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < found.size(); i++) {
      OwnerRow row = found.get(i);
      String key = "owner " + row.namespaceName() + " " + row.name() + row.owner().direction();
      rows.add(new Row(key, lines.get(i + 1), TopDetails.of(row, width)));
    }
    return rows;
  }

  private List<Line> help() {
    List<Line> lines = new ArrayList<>();
    lines.add(Line.of(""));
    for (String each :
        List.of(
            "Up, Down, j, k    choose a row; Page Up and Down, Home, End as well",
            "Enter             everything about it; any key leads back",
            "/                 show rows with these words alone; Esc shows all",
            "f  d  c  n        sort by fullest accept queue, drops, connections, name",
            "Space             pause, and go on",
            "q, Ctrl-C         quit",
            "",
            "QUEUE LIMIT FULL  connections that wait to be accepted, how many may, and how full that is",
            "PEAK              the fullest moment of the last minute",
            "SYN               handshakes that have not ended",
            "UNREAD, UNACKED   bytes that programs have not read, and peers not acknowledged")) {
      lines.add(Line.of("  " + Table.cut(each, width - 2)));
    }
    return lines;
  }
}
