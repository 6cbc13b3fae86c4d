package io.synoptic;

import static io.synoptic.SnapshotLayout.HEADER_TABLE;
import static io.synoptic.SnapshotLayout.HEADER_UNLISTED_LISTENERS;
import static io.synoptic.SnapshotLayout.KNOWN_DROPS;
import static io.synoptic.SnapshotLayout.KNOWN_LIMIT;
import static io.synoptic.SnapshotLayout.LISTENERS;
import static io.synoptic.SnapshotLayout.LISTENER_ACCEPT_QUEUE_LENGTH;
import static io.synoptic.SnapshotLayout.LISTENER_ACCEPT_QUEUE_LIMIT;
import static io.synoptic.SnapshotLayout.LISTENER_ADDRESS;
import static io.synoptic.SnapshotLayout.LISTENER_CGROUP;
import static io.synoptic.SnapshotLayout.LISTENER_CONNECTIONS;
import static io.synoptic.SnapshotLayout.LISTENER_COOKIE;
import static io.synoptic.SnapshotLayout.LISTENER_DROPS;
import static io.synoptic.SnapshotLayout.LISTENER_FAMILY;
import static io.synoptic.SnapshotLayout.LISTENER_INODE;
import static io.synoptic.SnapshotLayout.LISTENER_KNOWN;
import static io.synoptic.SnapshotLayout.LISTENER_NETNS_ROW;
import static io.synoptic.SnapshotLayout.LISTENER_PORT;
import static io.synoptic.SnapshotLayout.NAMESPACES;
import static io.synoptic.SnapshotLayout.OWNERS;
import static io.synoptic.SnapshotLayout.TABLE_COUNT;
import static io.synoptic.SnapshotLayout.TABLE_OFFSET;
import static io.synoptic.SnapshotLayout.TABLE_SIZE;
import static io.synoptic.SnapshotLayout.TABLE_STRIDE;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The listening sockets of one namespace that a scan left in its buffer, read in place: twenty
 * thousand of them four times a second shall leave no garbage. Valid until the next scan into that
 * buffer.
 */
final class ListenerTable {
  private final ByteBuffer buffer;
  private final SourceUsed source;
  private final int offset;
  private final int stride;
  private final int count;

  /** Which rows are its own, of its number; null if all are. */
  private final NamespaceRows rows;

  private final int netnsRow;

  /** Those of a scan of one namespace. */
  ListenerTable(ByteBuffer buffer, SourceUsed source) {
    this(buffer, source, null, 0, rows(buffer, LISTENERS));
  }

  private ListenerTable(
      ByteBuffer buffer, SourceUsed source, NamespaceRows rows, int netnsRow, int count) {
    this.buffer = buffer;
    this.source = source;
    int table = HEADER_TABLE + TABLE_SIZE * LISTENERS;
    offset = buffer.getInt(table + TABLE_OFFSET);
    stride = buffer.getInt(table + TABLE_STRIDE);
    this.rows = rows;
    this.netnsRow = netnsRow;
    this.count = count;
  }

  /** Those of a scan of several namespaces, by the namespaces' rows. */
  static ListenerTable[] ofEach(ByteBuffer buffer, SourceUsed source) {
    NamespaceRows rows = new NamespaceRows(buffer, LISTENERS, LISTENER_NETNS_ROW);
    ListenerTable[] tables = new ListenerTable[rows(buffer, NAMESPACES)];
    Arrays.setAll(tables, i -> new ListenerTable(buffer, source, rows, i, rows.count(i)));
    return tables;
  }

  private static int rows(ByteBuffer buffer, int number) {
    return buffer.getInt(HEADER_TABLE + TABLE_SIZE * number + TABLE_COUNT);
  }

  Source source() {
    return source.source();
  }

  /** Whether every listening socket has a row. */
  boolean isComplete() {
    return buffer.getLong(HEADER_UNLISTED_LISTENERS) == 0;
  }

  /** Whether connections were counted: not in a scan of the listeners alone. */
  boolean hasConnections() {
    return rows(buffer, OWNERS) > 0;
  }

  /** Rows; the methods below take numbers from 0. */
  int count() {
    return count;
  }

  private int at(int row) {
    return rows == null ? offset + stride * row : rows.place(netnsRow, row);
  }

  long cookie(int row) {
    return buffer.getLong(at(row) + LISTENER_COOKIE);
  }

  ListenerAddress address(int row) {
    int address = at(row) + LISTENER_ADDRESS;
    return new ListenerAddress(
        IpFamily.of(buffer.get(at(row) + LISTENER_FAMILY)),
        buffer.getLong(address),
        buffer.getLong(address + Long.BYTES),
        port(row));
  }

  int port(int row) {
    return Short.toUnsignedInt(buffer.getShort(at(row) + LISTENER_PORT));
  }

  boolean knowsLimit(int row) {
    return (buffer.get(at(row) + LISTENER_KNOWN) & KNOWN_LIMIT) != 0;
  }

  boolean knowsDrops(int row) {
    return (buffer.get(at(row) + LISTENER_KNOWN) & KNOWN_DROPS) != 0;
  }

  long acceptQueueLength(int row) {
    return Integer.toUnsignedLong(buffer.getInt(at(row) + LISTENER_ACCEPT_QUEUE_LENGTH));
  }

  long acceptQueueLimit(int row) {
    return Integer.toUnsignedLong(buffer.getInt(at(row) + LISTENER_ACCEPT_QUEUE_LIMIT));
  }

  /** Modulo 2^32: all of the int's bits. */
  int drops(int row) {
    return buffer.getInt(at(row) + LISTENER_DROPS);
  }

  /** {@link SnapshotLayout#OWNER_UNKNOWN} if nobody tells. */
  long cgroup(int row) {
    return buffer.getLong(at(row) + LISTENER_CGROUP);
  }

  /** As the links in {@code /proc/<pid>/fd} name it. */
  long inode(int row) {
    return buffer.getLong(at(row) + LISTENER_INODE);
  }

  long connections(int row, int state) {
    return Integer.toUnsignedLong(
        buffer.getInt(at(row) + LISTENER_CONNECTIONS + Integer.BYTES * state));
  }

  /** A copy that stays. */
  List<Listener> toList() {
    return IntStream.range(0, count).mapToObj(row -> new Listener(this, row)).toList();
  }
}
