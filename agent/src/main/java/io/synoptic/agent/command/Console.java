package io.synoptic.agent.command;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Map;

/**
 * Where a command writes to. The start script says in the environment what there is: the columns of
 * the terminal in {@code SYNOPTIC_COLUMNS}, none if the output is no terminal, and in {@code
 * SYNOPTIC_UNICODE} whether its locale is UTF-8; and in {@code SYNOPTIC_PROGRESS} whether there is
 * a line on the terminal, with the cursor at its beginning, that says what is waited for.
 */
public final class Console {
  private static final int PIPE_WIDTH = 100;
  private static final int NARROWEST = 40;

  private static final String CLEAR_LINE = "\033[K";

  private final PrintStream out;
  private final Map<String, String> environment;
  private boolean hasProgress;

  /** Writes to a stream. */
  public Console(PrintStream out, Map<String, String> environment) {
    this.out = out;
    this.environment = environment;
    hasProgress = isCapable() && !environment.getOrDefault("SYNOPTIC_PROGRESS", "").isEmpty();
  }

  /** The process's standard output. */
  static Console standard() {
    PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
    return new Console(out, System.getenv());
  }

  /** Whether somebody reads it on a terminal. */
  boolean isTerminal() {
    return columns() > 0;
  }

  /** Whether the terminal can move its cursor. */
  boolean isCapable() {
    String type = environment.getOrDefault("TERM", "");
    return isTerminal() && !type.isEmpty() && !type.equals("dumb");
  }

  /** Whether there is more than ASCII. */
  boolean hasUnicode() {
    return !environment.getOrDefault("SYNOPTIC_UNICODE", "").isEmpty();
  }

  /** How long lines may be. */
  int width() {
    return isTerminal() ? Math.max(NARROWEST, columns()) : PIPE_WIDTH;
  }

  private int columns() {
    String columns = environment.getOrDefault("SYNOPTIC_COLUMNS", "");
    return columns.matches("[0-9]{1,4}") ? Integer.parseInt(columns) : 0;
  }

  /** Says what is waited for, to who sees it, until something else is written. */
  void progress(String text) {
    if (isCapable()) {
      out.print(CLEAR_LINE + text + '\r');
      out.flush();
      hasProgress = true;
    }
  }

  /** Takes away what is said of waiting. */
  void clearProgress() {
    if (hasProgress) {
      out.print(CLEAR_LINE);
      out.flush();
      hasProgress = false;
    }
  }

  /** Writes lines, with their looks if somebody sees them. */
  void print(Collection<Line> lines) {
    clearProgress();
    boolean looks = hasColours();
    for (Line line : lines) {
      String text = looks ? line.ansi() : line.text();
      out.print(hasUnicode() ? text : ascii(text));
      out.print('\n');
    }
    out.flush();
  }

  /** Whether to use colours: only where somebody sees them, and wants to. */
  boolean hasColours() {
    return isCapable() && environment.getOrDefault("NO_COLOR", "").isEmpty();
  }

  /** Whether nobody reads any more what is written. */
  boolean isClosed() {
    return out.checkError();
  }

  private static String ascii(String text) {
    StringBuilder plain = new StringBuilder(text.replace('·', ';').replace('–', '-'));
    for (int i = 0; i < plain.length(); i++) {
      if (plain.charAt(i) > '~') {
        plain.setCharAt(i, '?');
      }
    }
    return plain.toString();
  }

  /** Writes text of several lines. */
  void print(String text) {
    clearProgress();
    out.print(Printable.lines(text));
    out.flush();
  }
}
