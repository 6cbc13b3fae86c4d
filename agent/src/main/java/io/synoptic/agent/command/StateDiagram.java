package io.synoptic.agent.command;

import io.synoptic.agent.text.Figures;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** TCP's states in three columns: who opens, and closes first, is on the left. */
final class StateDiagram {
  private static final int WIDTH = 76;
  private static final int BOX = 22;
  private static final int LEFT = 0;
  private static final int MIDDLE = 27;
  private static final int RIGHT = 54;

  private static final String DRAWN = "─│┌┐└┘▶◀▼";
  private static final String ASCII = "-|++++><v";

  private final List<char[]> rows = new ArrayList<>();
  private final Map<String, StateSums.Sum> sums;

  private StateDiagram(Map<String, StateSums.Sum> sums) {
    this.sums = sums;
  }

  /** The diagram; in plain ASCII where there is no Unicode. */
  static List<Line> lines(Map<String, StateSums.Sum> sums, boolean unicode) {
    StateDiagram diagram = new StateDiagram(sums);
    diagram.draw();
    return diagram.rows.stream()
        .map(String::new)
        .map(row -> unicode ? row : ascii(row))
        .map(Line::of)
        .toList();
  }

  private void draw() {
    box(LEFT, 0, "syn_sent");
    box(MIDDLE, 0, "listen");
    box(RIGHT, 0, "syn_recv");
    put(MIDDLE + BOX, 1, " SYN▶");
    put(LEFT + 10, 4, "│ SYN+ACK comes");
    before(4, "ACK comes │");
    put(LEFT + 10, 5, "└───────────────▶");
    put(MIDDLE + BOX, 5, "◀");
    put(MIDDLE + BOX + 1, 5, "──────────────┘");
    box(MIDDLE, 5, "established");
    put(LEFT + 10, 7, "┌────────────────");
    put(MIDDLE + BOX + 1, 7, "──────────────┐");
    put(LEFT + 10, 8, "│ this side");
    before(8, "the peer │");
    put(LEFT + 10, 9, "▼ closes first");
    before(9, "closes first ▼");
    box(LEFT, 10, "fin_wait1");
    box(MIDDLE, 10, "closing");
    box(RIGHT, 10, "close_wait");
    put(LEFT + BOX, 11, " FIN▶");
    put(LEFT + 10, 14, "▼ ACK comes");
    put(MIDDLE + 10, 14, "▼ ACK comes");
    before(14, "close() ▼");
    box(LEFT, 15, "fin_wait2");
    box(MIDDLE, 15, "time_wait");
    box(RIGHT, 15, "last_ack");
    put(LEFT + BOX, 16, " FIN▶");
    put(MIDDLE + 10, 19, "▼ after a minute");
    before(19, "ACK comes ▼");
    put(MIDDLE + 8, 20, "closed");
    put(RIGHT + 8, 20, "closed");
  }

  private void box(int x, int y, String state) {
    StateSums.Sum sum = sums.getOrDefault(state, StateSums.Sum.NONE);
    String name = state.toUpperCase(Locale.ROOT);
    put(x, y, "┌" + "─".repeat(BOX - 2) + "┐");
    put(x, y + 1, inBox(name, sums.isEmpty() ? Figures.UNKNOWN : Figures.brief(sum.sockets())));
    put(
        x,
        y + 2,
        state.equals("listen")
            ? inBox("", "listeners")
            : inBox("in " + Figures.brief(sum.inbound()), "out " + Figures.brief(sum.outbound())));
    put(x, y + 3, "└" + "─".repeat(BOX - 2) + "┘");
  }

  private static String inBox(String left, String right) {
    int blanks = Math.max(1, BOX - 4 - left.length() - right.length());
    return "│ " + left + " ".repeat(blanks) + right + " │";
  }

  /** Text that ends at the arrow of the right column. */
  private void before(int y, String text) {
    put(RIGHT + 11 - text.length(), y, text);
  }

  private void put(int x, int y, String text) {
    while (rows.size() <= y) {
      char[] row = new char[WIDTH];
      Arrays.fill(row, ' ');
      rows.add(row);
    }
    text.getChars(0, Math.min(text.length(), WIDTH - x), rows.get(y), x);
  }

  private static String ascii(String row) {
    String plain = row;
    for (int i = 0; i < DRAWN.length(); i++) {
      plain = plain.replace(DRAWN.charAt(i), ASCII.charAt(i));
    }
    return plain;
  }
}
