package io.synoptic.agent;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a terminal shows, as SVG: text in a grid, with the looks that it has there. */
final class TerminalPicture {
  private static final double CELL = 8.4;
  private static final int ROW = 18;
  private static final int MARGIN = 14;
  private static final String PAPER = "#1b1f23";
  private static final String INK = "#d9dde1";
  private static final Pattern LOOKS = Pattern.compile("\033\\[([0-9;]*)m");

  private final StringBuilder svg = new StringBuilder();
  private String colour = INK;
  private boolean bold;
  private boolean faint;
  private boolean inverse;

  private TerminalPicture() {}

  /**
   * Draws lines with the escape sequences that tmux writes for looks.
   *
   * @param caption below them, at the right
   */
  static String svg(List<String> lines, int columns, String caption) {
    TerminalPicture picture = new TerminalPicture();
    double width = columns * CELL + 2 * MARGIN;
    int height = (lines.size() + 1) * ROW + 2 * MARGIN;
    picture.svg.append(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %.0f %d' font-size='14'"
                .formatted(width, height)
            + " font-family='DejaVu Sans Mono, Menlo, Consolas, monospace'>\n"
            + "<rect width='100%' height='100%' rx='6' fill='"
            + PAPER
            + "'/>\n");
    for (int i = 0; i < lines.size(); i++) {
      picture.draw(lines.get(i), MARGIN + ROW * i);
    }
    picture.svg.append(
        "<text x='%.0f' y='%d' font-size='11' text-anchor='end' fill='%s' opacity='.65'>%s</text>\n"
            .formatted(width - MARGIN, height - MARGIN + 4, INK, caption));
    return picture.svg.append("</svg>\n").toString();
  }

  private void draw(String line, int y) {
    Matcher looks = LOOKS.matcher(line);
    int from = 0;
    int column = 0;
    while (looks.find()) {
      column = draw(line.substring(from, looks.start()), column, y);
      look(looks.group(1));
      from = looks.end();
    }
    draw(line.substring(from), column, y);
  }

  private int draw(String text, int column, int y) {
    int length = text.codePointCount(0, text.length());
    if (text.isEmpty() || (text.isBlank() && !inverse)) {
      return column + length;
    }
    double x = MARGIN + column * CELL;
    if (inverse) {
      svg.append(
          "<rect x='%.1f' y='%d' width='%.1f' height='%d' fill='%s'/>\n"
              .formatted(x, y, length * CELL, ROW, INK));
    }
    svg.append(
        "<text x='%.1f' y='%d' textLength='%.1f' fill='%s' xml:space='preserve'%s%s>%s</text>\n"
            .formatted(
                x,
                y + 13,
                length * CELL,
                inverse ? PAPER : colour,
                bold ? " font-weight='bold'" : "",
                faint ? " opacity='.65'" : "",
                text.replace("&", "&amp;").replace("<", "&lt;")));
    return column + length;
  }

  private void look(String parameters) {
    for (String parameter : parameters.split(";", -1)) {
      switch (parameter) {
        case "", "0" -> {
          colour = INK;
          bold = false;
          faint = false;
          inverse = false;
        }
        case "1" -> bold = true;
        case "2" -> faint = true;
        case "7" -> inverse = true;
        case "22" -> {
          bold = false;
          faint = false;
        }
        case "27" -> inverse = false;
        case "31" -> colour = "#ff7b72";
        case "32" -> colour = "#7ee787";
        case "33" -> colour = "#e3b341";
        case "39" -> colour = INK;
        default -> {}
      }
    }
  }
}
