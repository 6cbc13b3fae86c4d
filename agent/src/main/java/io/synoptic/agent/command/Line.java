package io.synoptic.agent.command;

import java.util.ArrayList;
import java.util.List;

/** A line of a terminal: pieces of text with a look each, of which a terminal obeys nothing. */
public final class Line {
  /** Text of one look. */
  public record Piece(String text, Style style) {}

  private final List<Piece> pieces = new ArrayList<>();
  private int width;

  /** A line of plain text. */
  static Line of(String text) {
    return new Line().add(text);
  }

  /** Adds plain text. */
  Line add(String text) {
    return add(Style.PLAIN, text);
  }

  /** Adds text. */
  Line add(Style style, String text) {
    String printable = Printable.of(text);
    pieces.add(new Piece(printable, style));
    width += printable.codePointCount(0, printable.length());
    return this;
  }

  /** Adds what another line has. */
  Line add(Line other) {
    other.pieces.forEach(piece -> add(piece.style, piece.text));
    return this;
  }

  /** The same, all of it inverse, up to a column. */
  Line inverse(int column) {
    return new Line()
        .add(Style.INVERSE, text())
        .add(Style.INVERSE, " ".repeat(Math.max(0, column - text().length())));
  }

  /** Adds blanks up to a column. */
  Line to(int column) {
    return add(" ".repeat(Math.max(0, column - width)));
  }

  /** How many characters it has. */
  int width() {
    return width;
  }

  /** What it is made of. */
  public List<Piece> pieces() {
    return List.copyOf(pieces);
  }

  /** Without any look. */
  public String text() {
    StringBuilder text = new StringBuilder();
    pieces.forEach(piece -> text.append(piece.text));
    return text.toString().stripTrailing();
  }

  /** With escape sequences for its looks. */
  String ansi() {
    StringBuilder text = new StringBuilder();
    pieces.forEach(piece -> text.append(piece.style.around(piece.text)));
    return text.toString();
  }
}
