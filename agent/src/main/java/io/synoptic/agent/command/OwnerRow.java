package io.synoptic.agent.command;

import io.synoptic.agent.now.Now;
import io.synoptic.agent.text.Figures;
import io.synoptic.agent.text.Names;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** An owner's connections in a table. */
record OwnerRow(Now.Namespace namespace, Now.Owner owner) {
  /** Those that have connections. */
  static List<OwnerRow> all(Now now) {
    List<OwnerRow> rows = new ArrayList<>();
    for (Now.Namespace namespace : now.namespaces()) {
      for (Now.Owner owner : namespace.owners()) {
        OwnerRow row = new OwnerRow(namespace, owner);
        if (row.total() > 0) {
          rows.add(row);
        }
      }
    }
    return rows;
  }

  static List<Column> columns(Now now) {
    List<Column> columns = new ArrayList<>();
    columns.add(Column.left("OWNER"));
    columns.add(Column.left("DIRECTION"));
    columns.add(Column.right("SOCKETS"));
    columns.add(Column.right("ESTAB"));
    columns.add(Column.right("CLOSE-WAIT"));
    columns.add(Column.right("OLDEST"));
    columns.add(Column.right("OTHER"));
    columns.add(Column.right("UNREAD"));
    columns.add(Column.right("UNACKED"));
    if (ListenerRow.hasSeveral(now)) {
      columns.add(Column.left("NAMESPACE"));
    }
    return columns;
  }

  /** In the order of the columns. */
  List<String> cells(Now now) {
    long established = connections("established");
    long closeWait = connections("close_wait");
    List<String> cells = new ArrayList<>();
    cells.add(name());
    cells.add(owner.direction());
    cells.add(Figures.count(total()));
    cells.add(Figures.count(established));
    cells.add(Figures.count(closeWait));
    cells.add(
        owner.closeWaitOldestSeconds() == null
            ? ""
            : Figures.duration(owner.closeWaitOldestSeconds()));
    cells.add(Figures.count(total() - established - closeWait));
    cells.add(Figures.bytes(owner.receiveQueueBytes()));
    cells.add(Figures.bytes(owner.sendQueueBytes()));
    if (ListenerRow.hasSeveral(now)) {
      cells.add(namespaceName());
    }
    return cells;
  }

  String name() {
    String name = Names.owner(owner.namespace(), owner.pod(), owner.container(), owner.unit(), "");
    return name.isEmpty() ? "(not known)" : name;
  }

  String namespaceName() {
    return Names.place(namespace.netns(), namespace.namespace(), namespace.pod());
  }

  long total() {
    Map<String, Long> connections = owner.connections();
    return connections.values().stream().mapToLong(Long::longValue).sum();
  }

  private long connections(String state) {
    return owner.connections().getOrDefault(state, 0L);
  }
}
