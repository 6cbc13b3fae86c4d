package io.synoptic.agent.command;

import io.synoptic.agent.now.Now;
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

  static List<Column> columns() {
    return List.of(
        Column.left("OWNER"),
        Column.left("DIRECTION"),
        Column.right("SOCKETS"),
        Column.right("ESTAB"),
        Column.right("CLOSE-WAIT"),
        Column.right("OLDEST"),
        Column.right("OTHER"),
        Column.right("UNREAD"),
        Column.right("UNACKED"),
        Column.left("NAMESPACE"));
  }

  List<String> cells() {
    long established = connections("established");
    long closeWait = connections("close_wait");
    return List.of(
        name(),
        owner.direction(),
        Long.toString(total()),
        Long.toString(established),
        Long.toString(closeWait),
        owner.closeWaitOldestSeconds() == null
            ? ""
            : Words.duration(owner.closeWaitOldestSeconds()),
        Long.toString(total() - established - closeWait),
        Words.bytes(owner.receiveQueueBytes()),
        Words.bytes(owner.sendQueueBytes()),
        Words.namespace(namespace.netns(), namespace.namespace(), namespace.pod()));
  }

  String name() {
    String name = Words.owner(owner.unit(), owner.container(), owner.namespace(), owner.pod());
    return name.isEmpty() ? "(not known)" : name;
  }

  long total() {
    Map<String, Long> connections = owner.connections();
    return connections.values().stream().mapToLong(Long::longValue).sum();
  }

  private long connections(String state) {
    return owner.connections().getOrDefault(state, 0L);
  }
}
