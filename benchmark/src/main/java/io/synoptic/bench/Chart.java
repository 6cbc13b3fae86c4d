package io.synoptic.bench;

import java.util.List;
import java.util.Locale;

/** Bars on a logarithmic scale: CPU of a reading at the largest size. Readable light and dark. */
final class Chart {
  private static final int WIDTH = 760;
  private static final int LEFT = 180;
  private static final int TOP = 64;
  private static final int ROW = 34;
  private static final int BAR = 20;

  /** Room for what is behind the longest bar. */
  private static final int RIGHT = 150;

  private static final String STYLE =
      """
      <style>
        text { font: 13px system-ui, sans-serif; fill: #24292f }
        .title { font-size: 15px; font-weight: 600 }
        .faint { fill: #656d76; font-size: 11px }
        .grid { stroke: #d0d7de }
        .peer { fill: #8c959f }
        .ours { fill: #1f6feb }
        .range { stroke: #24292f; stroke-width: 1.5 }
        @media (prefers-color-scheme: dark) {
          text { fill: #e6edf3 }
          .faint { fill: #8d96a0 }
          .grid { stroke: #30363d }
          .peer { fill: #6e7681 }
          .ours { fill: #4493f8 }
          .range { stroke: #e6edf3 }
        }
      </style>
      """;

  private final Standings standings;
  private final List<Entrant> entrants;
  private final int sockets;
  private final int firstPower;
  private final double end;
  private final StringBuilder svg = new StringBuilder();

  Chart(Standings standings) {
    this.standings = standings;
    this.entrants = standings.finishers();
    this.sockets = standings.largest();
    this.firstPower = (int) Math.floor(Math.log10(extreme(false) / 2));
    this.end = Math.log10(extreme(true));
  }

  private double extreme(boolean most) {
    Spread all = Spread.of(entrants.stream().mapToDouble(entrant -> seconds(entrant, most)));
    return most ? all.most() : all.least();
  }

  private double seconds(Entrant entrant, boolean most) {
    Spread millis = standings.cpuMillis(entrant, sockets);
    return (most ? millis.most() : millis.least()) / 1000;
  }

  String svg() {
    int bottom = TOP + ROW * entrants.size();
    add(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\">",
        WIDTH, bottom + 30);
    svg.append(STYLE);
    add(
        "<text class=\"title\" x=\"16\" y=\"26\">CPU of one reading of %,d sockets</text>",
        sockets);
    add(
        "<text class=\"faint\" x=\"16\" y=\"46\">seconds, logarithmic; median, line from least"
            + " to most; × the bare dump of the same round</text>");
    for (int power = firstPower; power <= end; power++) {
      gridLine(power, bottom);
    }
    for (int row = 0; row < entrants.size(); row++) {
      bar(entrants.get(row), TOP + ROW * row + (ROW - BAR) / 2);
    }
    add("</svg>");
    return svg.toString();
  }

  private void gridLine(int power, int bottom) {
    double seconds = Math.pow(10, power);
    double x = x(seconds);
    add("<line class=\"grid\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>", x, TOP, x, bottom);
    add(
        "<text class=\"faint\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>",
        x,
        bottom + 18,
        power < 0
            ? String.format(Locale.ROOT, "%." + -power + "f", seconds)
            : String.format(Locale.ROOT, "%,.0f", seconds));
  }

  private void bar(Entrant entrant, int y) {
    Spread millis = standings.cpuMillis(entrant, sockets);
    double median = x(millis.median() / 1000);
    double middle = y + BAR / 2.0;
    double baseline = middle + 4.5;
    add(
        "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
        LEFT - 10, baseline, entrant.title());
    add(
        "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\"/>",
        entrant.isOurs() ? "ours" : "peer", LEFT, y, median - LEFT, BAR);
    double most = x(millis.most() / 1000);
    add(
        "<line class=\"range\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>",
        x(millis.least() / 1000), middle, most, middle);
    add(
        "<text x=\"%.1f\" y=\"%.1f\">%s s · %s×</text>",
        Math.max(median, most) + 8,
        baseline,
        Spread.number(millis.median() / 1000),
        Spread.number(standings.ratios(entrant, sockets).median()));
  }

  private double x(double seconds) {
    double share = (Math.log10(seconds) - firstPower) / (end - firstPower);
    return LEFT + share * (WIDTH - LEFT - RIGHT);
  }

  private void add(String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
