package io.synoptic.agent.command;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What somebody has chosen to see in {@link Top}, by key. */
final class TopState {
  /** What the keys do. */
  enum Mode {
    LIST,
    FILTER,
    DETAILS,
    HELP
  }

  /** By what rows are sorted. */
  enum Order {
    FULL('f', "fullest"),
    DROPS('d', "drops"),
    CONNECTIONS('c', "connections"),
    NAME('n', "name");

    private final char key;
    private final String label;

    Order(char key, String label) {
      this.key = key;
      this.label = label;
    }

    String label() {
      return label;
    }
  }

  /** Longer ones find nothing. */
  private static final int LONGEST_FILTER = 60;

  private Mode mode = Mode.LIST;
  private Order order = Order.FULL;
  private String filter = "";
  private @Nullable String chosen;
  private int selected;
  private int rows;
  private boolean paused;
  private boolean ended;

  /** Does what a key stands for. */
  void press(Key key) {
    if (key.kind() == Key.Kind.END_OF_INPUT) {
      ended = true;
      return;
    }
    switch (mode) {
      case FILTER -> filter(key);
      case HELP, DETAILS -> leave(key);
      case LIST -> list(key);
    }
  }

  private void list(Key key) {
    switch (key.kind()) {
      case UP -> select(selected - 1);
      case DOWN -> select(selected + 1);
      case PAGE_UP -> select(selected - 10);
      case PAGE_DOWN -> select(selected + 10);
      case HOME -> select(0);
      case END -> select(rows - 1);
      case ENTER -> mode = rows > 0 ? Mode.DETAILS : Mode.LIST;
      case ESCAPE -> filter = "";
      case CHARACTER -> character(key.character());
      default -> {}
    }
  }

  private void character(char c) {
    switch (c) {
      case 'q', 'Q' -> ended = true;
      case ' ' -> paused = !paused;
      case '/' -> mode = Mode.FILTER;
      case '?', 'h' -> mode = Mode.HELP;
      case 'j' -> select(selected + 1);
      case 'k' -> select(selected - 1);
      default -> {
        for (Order one : Order.values()) {
          order = one.key == c ? one : order;
        }
      }
    }
  }

  private void filter(Key key) {
    switch (key.kind()) {
      case ENTER -> mode = Mode.LIST;
      case ESCAPE -> {
        filter = "";
        mode = Mode.LIST;
      }
      case BACKSPACE -> filter = filter.substring(0, Math.max(0, filter.length() - 1));
      case CHARACTER -> {
        if (filter.length() < LONGEST_FILTER) {
          filter += key.character();
        }
        selected = 0;
      }
      default -> {}
    }
  }

  private void leave(Key key) {
    if (key.kind() == Key.Kind.CHARACTER && key.character() == 'q') {
      ended = true;
    } else if (key.kind() != Key.Kind.OTHER) {
      mode = Mode.LIST;
    }
  }

  private void select(int row) {
    selected = Math.max(0, Math.min(row, rows - 1));
    chosen = null;
  }

  /**
   * Keeps the chosen row chosen though others come and go.
   *
   * @param names of the rows as they are shown now
   */
  void show(java.util.List<String> names) {
    rows = names.size();
    int at = chosen == null ? -1 : names.indexOf(chosen);
    selected = at >= 0 ? at : Math.max(0, Math.min(selected, rows - 1));
    chosen = rows == 0 ? null : names.get(selected);
  }

  /** Whether a row with these words is to be seen. */
  boolean matches(String words) {
    return words.toLowerCase(Locale.ROOT).contains(filter.toLowerCase(Locale.ROOT));
  }

  Mode mode() {
    return mode;
  }

  Order order() {
    return order;
  }

  String filter() {
    return filter;
  }

  int selected() {
    return selected;
  }

  boolean isPaused() {
    return paused;
  }

  boolean hasEnded() {
    return ended;
  }
}
