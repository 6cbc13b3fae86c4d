package io.synoptic.agent;

import io.synoptic.agent.Dashboard.Panel;
import io.synoptic.agent.Dashboard.Query;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * A dashboard as SVG: its panels in their places, drawn from what Prometheus answers to their
 * queries.
 */
final class DashboardPicture {
  private static final int COLUMN = 50;
  private static final int ROW = 30;
  private static final int GAP = 8;
  private static final int LEGENDS = 5;
  private static final int AXIS = 14;
  private static final int SECONDS_A_POINT = 2;
  private static final String[] COLOURS = {
    "#3b6fb6", "#e07b39", "#4a9c5d", "#b5485d", "#8260a8", "#8c6d46", "#d18bbd", "#777777"
  };
  private static final Pattern LABEL = Pattern.compile("\\{\\{(\\w+)}}");

  /** A line of a panel: seconds and values. */
  private record Line(String legend, List<double[]> points) {
    double last() {
      return points.get(points.size() - 1)[1];
    }
  }

  private final StringBuilder svg = new StringBuilder();
  private final RunningPrometheus prometheus;
  private final long end = Instant.now().getEpochSecond();
  private final long start;

  private DashboardPicture(RunningPrometheus prometheus, int seconds) {
    this.prometheus = prometheus;
    this.start = end - seconds;
  }

  /** Draws the last seconds. */
  static String svg(Dashboard dashboard, RunningPrometheus prometheus, int seconds)
      throws Exception {
    DashboardPicture picture = new DashboardPicture(prometheus, seconds);
    picture.draw(dashboard);
    return picture.svg.toString();
  }

  private void draw(Dashboard dashboard) throws Exception {
    int height = 0;
    for (Map<String, Object> panel : Dashboard.objects(dashboard.json().get("panels"))) {
      Dashboard.Place place = Dashboard.place(panel);
      height = Math.max(height, (place.y() + place.h()) * ROW);
    }
    add(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' font-family='sans-serif'"
            + " font-size='11'>\n<rect width='100%%' height='100%%' fill='#f4f5f5'/>\n",
        24 * COLUMN, height + GAP);
    for (Map<String, Object> panel : Dashboard.objects(dashboard.json().get("panels"))) {
      if (panel.get("type").equals("row")) {
        int y = Dashboard.place(panel).y() * ROW;
        text(GAP, y + 21, "font-size='14' font-weight='bold'", (String) panel.get("title"));
      }
    }
    for (Panel panel : dashboard.panels()) {
      draw(panel);
    }
    add("</svg>\n");
  }

  private void draw(Panel panel) throws Exception {
    int x = panel.place().x() * COLUMN + GAP / 2;
    int y = panel.place().y() * ROW + GAP / 2;
    int w = panel.place().w() * COLUMN - GAP;
    int h = panel.place().h() * ROW - GAP;
    add(
        "<rect x='%d' y='%d' width='%d' height='%d' rx='2' fill='#fff' stroke='#ddd'/>\n",
        x, y, w, h);
    text(x + 8, y + 17, "font-weight='bold'", panel.title());
    List<Line> lines = lines(panel);
    switch (panel.type()) {
      case "stat" ->
          text(
              x + w / 2,
              y + h / 2 + 18,
              "font-size='26' text-anchor='middle'",
              lines.isEmpty() ? "" : number(lines.get(0).last(), panel.unit()));
      case "table" -> {
        for (int i = 0; i < Math.min(lines.size(), (h - 30) / 17); i++) {
          text(x + 8, y + 38 + 17 * i, "", lines.get(i).legend());
        }
      }
      case "heatmap" -> {
        drawCells(lines, x + 58, y + 26, w - 68, h - 36 - AXIS);
        drawTime(x + 58, y + h - 10, w - 68);
      }
      default -> {
        int below = 15 * LEGENDS + AXIS;
        drawLines(panel, lines, x + 58, y + 26, w - 68, h - 36 - below);
        drawTime(x + 58, y + h - 10 - below + AXIS, w - 68);
      }
    }
  }

  /** When: below what is drawn. */
  private void drawTime(int x, int y, int w) {
    long seconds = end - start;
    text(x, y, "fill='#666'", "-" + seconds + " s");
    text(x + w / 2, y, "text-anchor='middle' fill='#666'", "-" + seconds / 2 + " s");
    text(x + w, y, "text-anchor='end' fill='#666'", "now");
  }

  private void drawLines(Panel panel, List<Line> lines, int x, int y, int w, int h) {
    double most = 0;
    double least = 0;
    for (Line line : lines) {
      for (double[] point : line.points()) {
        most = Math.max(most, point[1]);
        least = Math.min(least, point[1]);
      }
    }
    if (most == least) {
      most = least + 1;
    }
    for (int i = 0; i <= 2; i++) {
      double at = y + h - h * i / 2.0;
      add("<path d='M%d %.1fh%d' stroke='#e4e4e4'/>\n", x, at, w);
      text(
          x - 5,
          (int) at + 4,
          "text-anchor='end' fill='#666'",
          number(least + (most - least) * i / 2, panel.unit()));
    }
    for (int i = 0; i < lines.size(); i++) {
      String colour = COLOURS[i % COLOURS.length];
      StringBuilder path = new StringBuilder();
      for (double[] point : lines.get(i).points()) {
        path.append(
            String.format(
                Locale.ROOT,
                "%s%.0f %.1f",
                path.isEmpty() ? "M" : "L",
                x + w * (point[0] - start) / (end - start),
                y + h - h * (point[1] - least) / (most - least)));
      }
      add("<path d='%s' fill='none' stroke='%s' stroke-width='1.3'/>\n", path, colour);
      if (i < LEGENDS) {
        int at = y + h + 17 + AXIS + 15 * i;
        add("<path d='M%d %dh12' stroke='%s' stroke-width='3'/>\n", x - 48, at - 4, colour);
        String legend = lines.get(i).legend() + "  " + number(lines.get(i).last(), panel.unit());
        boolean more = i == LEGENDS - 1 && lines.size() > LEGENDS;
        text(x - 31, at, "", more ? "and " + (lines.size() - i) + " more" : legend);
      }
    }
  }

  /** A row for each bucket, the slowest on top; the darker, the more are in it. */
  private void drawCells(List<Line> buckets, int x, int y, int w, int h) {
    List<Line> rows = new ArrayList<>(buckets);
    rows.sort(Comparator.comparingDouble(line -> bound(line.legend())));
    double height = (double) h / Math.max(1, rows.size());
    double most =
        rows.stream().flatMap(l -> l.points().stream()).mapToDouble(p -> p[1]).max().orElse(1);
    Map<Double, Double> below = new TreeMap<>();
    for (int row = 0; row < rows.size(); row++) {
      double top = y + h - (row + 1) * height;
      for (double[] point : rows.get(row).points()) {
        double own = point[1] - below.getOrDefault(point[0], 0.0);
        below.put(point[0], point[1]);
        add(
            "<rect x='%.0f' y='%.1f' width='%.1f' height='%.1f' fill='#e07b39' opacity='%.2f'/>\n",
            x + w * (point[0] - start) / (end - start),
            top,
            (double) w * SECONDS_A_POINT / (end - start),
            height,
            most > 0 ? own / most : 0);
      }
      if (row % 3 == 0) {
        text(
            x - 5,
            (int) (top + height),
            "text-anchor='end' fill='#666'",
            rows.get(row).legend() + " s");
      }
    }
  }

  private static double bound(String le) {
    return le.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(le);
  }

  /** What Prometheus has for the queries, the highest first. */
  private List<Line> lines(Panel panel) throws Exception {
    List<Line> lines = new ArrayList<>();
    for (Query query : panel.queries()) {
      Object data =
          prometheus.ask(
              "query_range",
              Map.of(
                  "query", query.expression(),
                  "start", start,
                  "end", end,
                  "step", SECONDS_A_POINT));
      for (Map<String, Object> series : Dashboard.objects(Dashboard.object(data).get("result"))) {
        Line line = line(query, series);
        if (!line.points().isEmpty()) {
          lines.add(line);
        }
      }
    }
    lines.sort((a, b) -> Double.compare(b.last(), a.last()));
    return lines;
  }

  private static Line line(Query query, Map<String, Object> series) {
    Map<String, Object> labels = new TreeMap<>(Dashboard.object(series.get("metric")));
    String legend =
        LABEL
            .matcher(query.legend())
            .replaceAll(label -> labels.getOrDefault(label.group(1), "").toString())
            .strip();
    List<double[]> points = new ArrayList<>();
    for (Object point : (List<?>) series.get("values")) {
      List<?> pair = (List<?>) point;
      double value = Double.parseDouble(pair.get(1).toString());
      if (Double.isFinite(value)) {
        points.add(new double[] {((Number) pair.get(0)).doubleValue(), value});
      }
    }
    return new Line(legend, points);
  }

  private static String number(double value, String unit) {
    return switch (unit) {
      case "percentunit" -> short3(value * 100) + " %";
      case "bytes" ->
          value < 1024
              ? short3(value) + " B"
              : value < 1 << 20
                  ? short3(value / 1024) + " KiB"
                  : value < 1 << 30
                      ? short3(value / (1 << 20)) + " MiB"
                      : short3(value / (1 << 30)) + " GiB";
      case "s" -> value < 1 ? short3(value * 1000) + " ms" : short3(value) + " s";
      case "cps", "pps" -> short3(value) + "/s";
      default -> short3(value);
    };
  }

  private static String short3(double value) {
    return Math.abs(value) >= 100 || value == Math.rint(value)
        ? String.format(Locale.ROOT, "%,.0f", value)
        : String.format(Locale.ROOT, "%.2f", value);
  }

  private void text(int x, int y, String attributes, String text) {
    String escaped = text.replace("&", "&amp;").replace("<", "&lt;");
    add("<text x='%d' y='%d' %s>%s</text>\n", x, y, attributes, escaped);
  }

  private void add(String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values));
  }
}
