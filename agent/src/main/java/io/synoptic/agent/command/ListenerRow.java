package io.synoptic.agent.command;

import io.synoptic.agent.now.Now;
import io.synoptic.agent.text.Figures;
import io.synoptic.agent.text.Names;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A listener group in a table. */
record ListenerRow(Now.Namespace namespace, Now.Listener listener) {
  /** Those whose accept queue is fullest, now or lately, come first. */
  static final Comparator<ListenerRow> FULLEST =
      Comparator.comparingDouble((ListenerRow row) -> row.utilization())
          .thenComparingDouble(ListenerRow::drops)
          .reversed();

  static final Comparator<ListenerRow> BY_ADDRESS =
      Comparator.comparing((ListenerRow row) -> row.namespaceName())
          .thenComparingInt(ListenerRow::portNumber)
          .thenComparing(row -> row.listener.address());

  private static final int MOST_DIGITS = 9;

  static List<ListenerRow> all(Now now) {
    List<ListenerRow> rows = new ArrayList<>();
    for (Now.Namespace namespace : now.namespaces()) {
      if (namespace.listeners() != null) {
        namespace.listeners().forEach(one -> rows.add(new ListenerRow(namespace, one)));
      }
    }
    return rows;
  }

  static List<Column> columns(Now now) {
    List<Column> columns = new ArrayList<>();
    columns.add(Column.left("LISTENER"));
    columns.add(Column.right("QUEUE"));
    columns.add(Column.right("LIMIT"));
    columns.add(Column.right("FULL"));
    columns.add(Column.right("PEAK"));
    columns.add(Column.right("DROPS"));
    columns.add(Column.right("SYN"));
    columns.add(Column.right("ESTAB"));
    columns.add(Column.right("CLOSE-WAIT"));
    if (hasSeveral(now)) {
      columns.add(Column.left("NAMESPACE"));
    }
    columns.add(Column.left("PROCESS"));
    columns.add(Column.left("OWNER"));
    return columns;
  }

  /** In the order of the columns. */
  List<String> cells(Now now) {
    List<String> cells = new ArrayList<>();
    cells.add(name());
    cells.add(Figures.count(listener.acceptQueueLength()));
    cells.add(Figures.count(listener.acceptQueueLimit()));
    cells.add(Figures.percent(listener.acceptQueueUtilization()));
    cells.add(Figures.percent(listener.acceptQueuePeakUtilization()));
    cells.add(Figures.count(listener.dropsTotal()));
    cells.add(Figures.count(listener.synQueueLength()));
    cells.add(connections("established"));
    cells.add(connections("close_wait"));
    if (hasSeveral(now)) {
      cells.add(namespaceName());
    }
    cells.add(process());
    cells.add(owner());
    return cells;
  }

  static boolean hasSeveral(Now now) {
    return now.agent().netns().equals("all");
  }

  String name() {
    return Names.endpoint(listener.address(), listener.port());
  }

  String namespaceName() {
    return Names.place(namespace.netns(), namespace.namespace(), namespace.pod());
  }

  String process() {
    return Objects.toString(listener.process(), "");
  }

  String owner() {
    return Names.owner(
        listener.namespace(), listener.pod(), listener.container(), listener.unit(), "");
  }

  private String connections(String state) {
    @Nullable Map<String, Long> connections = listener.connections();
    return connections == null
        ? Figures.UNKNOWN
        : Figures.count(connections.getOrDefault(state, 0L));
  }

  long connections() {
    @Nullable Map<String, Long> connections = listener.connections();
    return connections == null ? 0 : connections.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Now or lately. */
  double utilization() {
    return Math.max(
        orZero(listener.acceptQueueUtilization()), orZero(listener.acceptQueuePeakUtilization()));
  }

  double drops() {
    return listener.dropsTotal() == null ? 0 : listener.dropsTotal();
  }

  private static double orZero(@Nullable Double value) {
    return value == null ? 0 : value;
  }

  private int portNumber() {
    String port = listener.port();
    return port.matches("[0-9]{1," + MOST_DIGITS + "}") ? Integer.parseInt(port) : 0;
  }

  /** The worst of its own findings is not known here: a full queue is enough. */
  Style style() {
    if (orZero(listener.acceptQueueUtilization()) >= 1) {
      return Style.CRITICAL;
    }
    return utilization() >= 0.5 ? Style.WARNING : Style.PLAIN;
  }
}
