package io.synoptic.internal.ffi;

import static io.synoptic.internal.ffi.SnapshotLayout.HEADER_UNLISTED_LISTENERS;
import static io.synoptic.internal.ffi.SnapshotLayout.KNOWN_AGES;
import static io.synoptic.internal.ffi.SnapshotLayout.KNOWN_DROPS;
import static io.synoptic.internal.ffi.SnapshotLayout.KNOWN_LIMIT;
import static io.synoptic.internal.ffi.SnapshotLayout.KNOWN_SYN_QUEUE;
import static io.synoptic.internal.ffi.SnapshotLayout.KNOWN_TIMERS;
import static io.synoptic.internal.ffi.SnapshotLayout.LISTENERS;
import static io.synoptic.internal.ffi.SnapshotLayout.LISTENER_ACCEPT_QUEUE_LENGTH;
import static io.synoptic.internal.ffi.SnapshotLayout.LISTENER_ACCEPT_QUEUE_LIMIT;
import static io.synoptic.internal.ffi.SnapshotLayout.LISTENER_ADDRESS;
import static io.synoptic.internal.ffi.SnapshotLayout.LISTENER_CGROUP;
import static io.synoptic.internal.ffi.SnapshotLayout.LISTENER_CLOSE_WAIT;
import static io.synoptic.internal.ffi.SnapshotLayout.LISTENER_CONNECTIONS;
import static io.synoptic.internal.ffi.SnapshotLayout.LISTENER_COOKIE;
import static io.synoptic.internal.ffi.SnapshotLayout.LISTENER_DROPS;
import static io.synoptic.internal.ffi.SnapshotLayout.LISTENER_FAMILY;
import static io.synoptic.internal.ffi.SnapshotLayout.LISTENER_FAST_OPEN_QUEUE_LENGTH;
import static io.synoptic.internal.ffi.SnapshotLayout.LISTENER_INODE;
import static io.synoptic.internal.ffi.SnapshotLayout.LISTENER_KNOWN;
import static io.synoptic.internal.ffi.SnapshotLayout.LISTENER_NETNS_ROW;
import static io.synoptic.internal.ffi.SnapshotLayout.LISTENER_PORT;
import static io.synoptic.internal.ffi.SnapshotLayout.LISTENER_SYN_QUEUE_LENGTH;
import static io.synoptic.internal.ffi.SnapshotLayout.LISTENER_TIMERS;
import static io.synoptic.internal.ffi.SnapshotLayout.NAMESPACE_KNOWN;

import io.synoptic.CloseWaitAges;
import io.synoptic.IpFamily;
import io.synoptic.ListeningSocket;
import io.synoptic.Source;
import io.synoptic.SourceUsed;
import io.synoptic.StateCounts;
import io.synoptic.TimerCounts;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The listening sockets of one namespace that a scan left in its buffer, read in place: twenty
 * thousand of them four times a second leave no garbage. Valid until the next scan into that
 * buffer.
 */
public final class ListenerTable {
  private final ByteBuffer buffer;
  private final SourceUsed source;
  private final Table all;

  /** Which rows are this namespace's; null if all are. */
  private final @Nullable NamespaceRows rows;

  private final int netnsRow;
  private final boolean hasConnections;

  /** What the source knows of every connection of this namespace. */
  private final int known;

  /** The listeners of a scan of one namespace. */
  public ListenerTable(ByteBuffer buffer, SourceUsed source) {
    this(buffer, source, null, 0);
  }

  private ListenerTable(
      ByteBuffer buffer, SourceUsed source, @Nullable NamespaceRows rows, int netnsRow) {
    this.buffer = buffer;
    this.source = source;
    all = Table.of(buffer, LISTENERS);
    this.rows = rows;
    this.netnsRow = netnsRow;
    hasConnections = Table.of(buffer, SnapshotLayout.OWNERS).count() > 0;
    known =
        hasConnections
            ? buffer.getInt(
                Table.of(buffer, SnapshotLayout.NAMESPACES).at(netnsRow) + NAMESPACE_KNOWN)
            : 0;
  }

  /** The listeners of a scan of several namespaces, by the namespaces' rows. */
  public static ListenerTable[] ofEach(ByteBuffer buffer, SourceUsed source) {
    NamespaceRows rows = new NamespaceRows(buffer, LISTENERS, LISTENER_NETNS_ROW);
    ListenerTable[] tables = new ListenerTable[Table.of(buffer, SnapshotLayout.NAMESPACES).count()];
    Arrays.setAll(tables, row -> new ListenerTable(buffer, source, rows, row));
    return tables;
  }

  /** What the scan left. */
  ByteBuffer buffer() {
    return buffer;
  }

  public Source source() {
    return source.source();
  }

  /** Whether every listening socket has a row. */
  public boolean isComplete() {
    return buffer.getLong(HEADER_UNLISTED_LISTENERS) == 0;
  }

  /** Whether connections were counted: not in a scan of the listeners alone. */
  public boolean hasConnections() {
    return hasConnections;
  }

  /** Whether {@link #timers} has a meaning. */
  public boolean knowsTimers() {
    return (known & KNOWN_TIMERS) != 0;
  }

  /** Whether {@link #closeWait} has a meaning. */
  public boolean knowsAges() {
    return (known & KNOWN_AGES) != 0;
  }

  /** Rows; the methods below take numbers from 0. */
  public int count() {
    return rows == null ? all.count() : rows.count(netnsRow);
  }

  private int at(int row) {
    return rows == null ? all.at(row) : rows.at(netnsRow, row);
  }

  public long cookie(int row) {
    return buffer.getLong(at(row) + LISTENER_COOKIE);
  }

  public ListenerAddress address(int row) {
    int address = at(row) + LISTENER_ADDRESS;
    return new ListenerAddress(
        family(row), buffer.getLong(address), buffer.getLong(address + Long.BYTES), port(row));
  }

  private IpFamily family(int row) {
    return Structures.family(buffer, at(row) + LISTENER_FAMILY);
  }

  int port(int row) {
    return Short.toUnsignedInt(buffer.getShort(at(row) + LISTENER_PORT));
  }

  public boolean knowsLimit(int row) {
    return (buffer.get(at(row) + LISTENER_KNOWN) & KNOWN_LIMIT) != 0;
  }

  public boolean knowsDrops(int row) {
    return (buffer.get(at(row) + LISTENER_KNOWN) & KNOWN_DROPS) != 0;
  }

  /** Whether the lengths of the socket's own SYN queue and fast open queue have a meaning. */
  public boolean knowsSynQueue(int row) {
    return (buffer.get(at(row) + LISTENER_KNOWN) & KNOWN_SYN_QUEUE) != 0;
  }

  /** Of this socket alone, also where several share an address and port. */
  public long synQueueLength(int row) {
    return Integer.toUnsignedLong(buffer.getInt(at(row) + LISTENER_SYN_QUEUE_LENGTH));
  }

  /** Likewise. */
  public long fastOpenQueueLength(int row) {
    return Integer.toUnsignedLong(buffer.getInt(at(row) + LISTENER_FAST_OPEN_QUEUE_LENGTH));
  }

  public long acceptQueueLength(int row) {
    return Integer.toUnsignedLong(buffer.getInt(at(row) + LISTENER_ACCEPT_QUEUE_LENGTH));
  }

  public long acceptQueueLimit(int row) {
    return Integer.toUnsignedLong(buffer.getInt(at(row) + LISTENER_ACCEPT_QUEUE_LIMIT));
  }

  /** Modulo 2^32: all of the int's bits. */
  public int drops(int row) {
    return buffer.getInt(at(row) + LISTENER_DROPS);
  }

  /** {@link SnapshotLayout#OWNER_UNKNOWN} where the source doesn't have it. */
  public long cgroup(int row) {
    return buffer.getLong(at(row) + LISTENER_CGROUP);
  }

  /** As the links in {@code /proc/<pid>/fd} name it. */
  public long inode(int row) {
    return buffer.getLong(at(row) + LISTENER_INODE);
  }

  public long connections(int row, int state) {
    return Integer.toUnsignedLong(
        buffer.getInt(at(row) + LISTENER_CONNECTIONS + Integer.BYTES * state));
  }

  /** Of the same connections. */
  public TimerCounts timers(int row) {
    return Structures.timers(buffer, at(row) + LISTENER_TIMERS);
  }

  /** The ages of those that are in close_wait. */
  public CloseWaitAges closeWait(int row) {
    return Structures.closeWait(buffer, at(row) + LISTENER_CLOSE_WAIT);
  }

  /** A copy that stays valid. */
  List<ListeningSocket> toList() {
    return IntStream.range(0, count()).mapToObj(this::copy).toList();
  }

  private ListeningSocket copy(int row) {
    long[] connections = new long[SnapshotLayout.STATES];
    Arrays.setAll(connections, state -> connections(row, state));
    long drops = Integer.toUnsignedLong(drops(row));
    ListenerAddress address = address(row);
    return new ListeningSocket(
        cookie(row),
        address.family(),
        address.text(),
        address.port(),
        acceptQueueLength(row),
        when(knowsLimit(row), acceptQueueLimit(row)),
        when(knowsDrops(row), drops),
        StateCounts.ofNumbered(connections),
        knowsTimers() ? Optional.of(timers(row)) : Optional.empty(),
        knowsAges() ? Optional.of(closeWait(row)) : Optional.empty(),
        when(cgroup(row) != SnapshotLayout.OWNER_UNKNOWN, cgroup(row)));
  }

  private static OptionalLong when(boolean known, long value) {
    return known ? OptionalLong.of(value) : OptionalLong.empty();
  }
}
