package io.synoptic.agent.page;

import static io.synoptic.agent.page.PageText.escape;
import static io.synoptic.agent.page.PageText.since;
import static io.synoptic.agent.text.Figures.brief;
import static io.synoptic.agent.text.Figures.count;
import static io.synoptic.agent.text.Figures.duration;
import static io.synoptic.agent.text.Figures.percent;
import static io.synoptic.agent.text.Names.endpoint;
import static io.synoptic.agent.text.Names.owner;
import static io.synoptic.agent.text.Names.place;

import io.synoptic.agent.now.Now;
import io.synoptic.agent.text.Times;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Listeners as bars, as {@code listeners.js} shows them.
 *
 * @param html rows of a table, the fullest first
 * @param total how many there are
 * @param left how many have no row
 */
record ListenerRows(String html, int total, int left) {
  private static final int SHOWN = 100;

  private record Row(Now.Namespace space, Now.Listener it) {
    double fullness() {
      return Math.max(orZero(it.acceptQueueUtilization()), orZero(it.acceptQueuePeakUtilization()));
    }

    boolean isFull() {
      return it.fullSince() != null;
    }
  }

  static ListenerRows of(Now now) {
    List<Row> rows = new ArrayList<>();
    for (Now.Namespace space : now.namespaces()) {
      @Nullable List<Now.Listener> listeners = space.listeners();
      if (listeners != null) {
        listeners.forEach(it -> rows.add(new Row(space, it)));
      }
    }
    rows.sort(
        Comparator.comparing(Row::isFull)
            .thenComparing(Row::fullness)
            .thenComparing(row -> orZero(row.it.drops()))
            .reversed());
    StringBuilder html = new StringBuilder();
    List<Row> shown = rows.subList(0, Math.min(SHOWN, rows.size()));
    shown.forEach(row -> html.append(html(row, now)));
    return new ListenerRows(html.toString(), rows.size(), rows.size() - shown.size());
  }

  private static double orZero(@Nullable Double value) {
    return value == null ? 0 : value;
  }

  private static String html(Row row, Now now) {
    Now.Listener it = row.it;
    double ratio = orZero(it.acceptQueueUtilization());
    return """
        <tr role="row" data-level="%s"><th role="rowheader" scope="row"><span class="mono">%s</span><span class="whose">%s</span></th>\
        <td role="cell"><div class="queue">%s<span class="levels"><span class="level">%s / %s</span><span class="state">%s</span></span></div></td>\
        <td role="cell" class="number">%s</td><td role="cell" class="number wide">%s</td></tr>
        """
        .formatted(
            row.isFull() ? "full" : ratio >= 0.5 ? "high" : "low",
            escape(endpoint(it.address(), it.port())),
            escape(whose(row, now.namespaces().size() > 1)),
            bar(ratio, orZero(it.acceptQueuePeakUtilization())),
            count(it.acceptQueueLength()),
            count(it.acceptQueueLimit()),
            situation(it, now.scan().takenAt()),
            brief(it.drops()),
            brief(it.synQueueLength()));
  }

  private static String whose(Row row, boolean many) {
    Now.Namespace space = row.space;
    String owner = owner("", "", row.it.container(), row.it.unit(), row.it.process());
    if (!many) {
      return owner;
    }
    String place = place(space.netns(), space.namespace(), space.pod());
    return owner.isEmpty() ? place : place + " · " + owner;
  }

  /** An SVG: a style would need a laxer policy. */
  private static String bar(double ratio, double peak) {
    String notch =
        peak > 0
            ? String.format(
                Locale.ROOT, "<path class=\"peak\" d=\"M%.1f -2V12\"/>", 100 * Math.min(1, peak))
            : "";
    return String.format(
        Locale.ROOT,
        "<svg class=\"bar\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\""
            + " aria-hidden=\"true\"><rect class=\"fill\" width=\"%.1f\" height=\"10\"/>%s</svg>",
        100 * Math.min(1, ratio),
        notch);
  }

  private static String situation(Now.Listener it, @Nullable Instant read) {
    @Nullable Instant fullSince = it.fullSince();
    @Nullable Instant lastFull = it.lastFull();
    if (fullSince != null) {
      return "full since " + since(fullSince, read);
    }
    if (lastFull != null) {
      return "was full until "
          + Times.utc(lastFull)
          + ", "
          + duration(it.fullSeconds())
          + " of 10 min";
    }
    return orZero(it.acceptQueuePeakUtilization()) > 0
        ? "peak " + percent(it.acceptQueuePeakUtilization())
        : "";
  }
}
