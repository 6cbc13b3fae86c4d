package io.synoptic.agent.command;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jline.nativ.CLibrary;
import org.jline.nativ.CLibrary.Termios;
import org.jline.terminal.Attributes;
import org.jline.terminal.Attributes.ControlChar;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;
import org.jline.utils.Display;
import org.jline.utils.InfoCmp.Capability;
import org.jline.utils.Signals;
import org.jspecify.annotations.Nullable;

/** The whole terminal, which is as it was before when this is closed, whatever closes it. */
final class Screen implements AutoCloseable {
  /** By which somebody ends it, and their numbers. */
  private static final Map<String, Integer> SIGNALS = Map.of("HUP", 1, "INT", 2, "TERM", 15);

  /** As shells have it. */
  private static final int SIGNALLED = 128;

  private static final int INPUT = 0;
  private static final Size USUAL = new Size(80, 24);

  private final Terminal terminal;
  private final Display display;
  private final Termios before = new Termios();
  private final boolean colours;
  private Size size = new Size(0, 0);
  private boolean closed;

  private Screen(Terminal terminal, boolean colours) {
    this.terminal = terminal;
    this.colours = colours;
    CLibrary.tcgetattr(INPUT, before);
    terminal.enterRawMode();
    Attributes raw = terminal.getAttributes();
    raw.setControlChar(ControlChar.VSUSP, 0); // stopped it would leave the terminal as it is
    terminal.setAttributes(raw);
    keepSpeed();
    SIGNALS.forEach((name, number) -> Signals.register(name, () -> endBy(number)));
    display = new Display(terminal, true);
    terminal.puts(Capability.enter_ca_mode);
    terminal.puts(Capability.cursor_invisible);
    terminal.flush();
  }

  /** What JLine sets knows no speed: 0, which hangs up a line. */
  private void keepSpeed() {
    Termios termios = new Termios();
    CLibrary.tcgetattr(INPUT, termios);
    termios.c_cflag = before.c_cflag;
    termios.c_ispeed = before.c_ispeed;
    termios.c_ospeed = before.c_ospeed;
    CLibrary.tcsetattr(INPUT, CLibrary.TCSADRAIN, termios);
  }

  /** At once: whatever the command waits for need not come. */
  private void endBy(int signal) {
    restore();
    Runtime.getRuntime().halt(SIGNALLED + signal);
  }

  /**
   * Takes the terminal.
   *
   * @throws IOException if input or output is none
   */
  static Screen open(boolean colours) throws IOException {
    try {
      Terminal terminal =
          TerminalBuilder.builder()
              .system(true)
              .provider("jni")
              .dumb(false)
              .nativeSignals(false)
              .encoding(StandardCharsets.UTF_8)
              .type(type(System.getenv("TERM")))
              .build();
      return new Screen(terminal, colours);
    } catch (IllegalStateException e) {
      throw new IOException(e);
    }
  }

  /** One of those that JLine knows by itself; for others it would start infocmp(1). */
  static String type(@Nullable String term) {
    if (term == null) {
      return "ansi";
    }
    if (term.startsWith("screen") || term.startsWith("tmux")) {
      return "screen-256color";
    }
    return term.equals("linux") || term.equals("ansi") || term.startsWith("vt")
        ? "ansi"
        : "xterm-256color";
  }

  /** Shows lines, of which those that have not changed are left alone. */
  synchronized void show(List<Line> lines) {
    if (closed) {
      return;
    }
    List<AttributedString> rows = new ArrayList<>();
    for (Line line : lines) {
      rows.add(attributed(line).columnSubSequence(0, size.getColumns()));
    }
    display.update(rows, -1);
  }

  private AttributedString attributed(Line line) {
    AttributedStringBuilder text = new AttributedStringBuilder();
    for (Line.Piece piece : line.pieces()) {
      text.append(piece.text(), style(piece.style()));
    }
    return text.toAttributedString();
  }

  private AttributedStyle style(Style style) {
    AttributedStyle plain = AttributedStyle.DEFAULT;
    return switch (style) {
      case PLAIN -> plain;
      case BOLD -> plain.bold();
      case DIM -> plain.faint();
      case INVERSE -> plain.inverse();
      case CRITICAL -> colours ? plain.bold().foreground(AttributedStyle.RED) : plain.bold();
      case WARNING -> colours ? plain.foreground(AttributedStyle.YELLOW) : plain.underline();
      case FINE -> colours ? plain.foreground(AttributedStyle.GREEN) : plain;
    };
  }

  /** Whether the terminal has another size than at the last call. */
  synchronized boolean isResized() {
    Size is = terminal.getSize();
    if (is.getColumns() <= 0 || is.getRows() <= 0) {
      is = USUAL;
    }
    if (is.equals(size)) {
      return false;
    }
    size = is;
    display.resize(size.getRows(), size.getColumns());
    display.clear();
    return true;
  }

  int width() {
    return size.getColumns();
  }

  int height() {
    return size.getRows();
  }

  /** The next key, within so many milliseconds. */
  Key read(long millis) throws IOException {
    return Key.read(terminal.reader()::read, millis);
  }

  private synchronized void restore() {
    if (!closed) {
      closed = true;
      terminal.puts(Capability.cursor_normal);
      terminal.puts(Capability.exit_ca_mode);
      terminal.flush();
    }
    CLibrary.tcsetattr(INPUT, CLibrary.TCSADRAIN, before);
  }

  @Override
  public void close() throws IOException {
    restore();
    terminal.close(); // which sets what it knows of the terminal
    restore();
  }
}
