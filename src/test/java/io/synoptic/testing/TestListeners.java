package io.synoptic.testing;

import io.synoptic.Source;
import io.synoptic.internal.ffi.ListenerTable;
import io.synoptic.internal.ffi.SnapshotLayout;
import io.synoptic.internal.ffi.SnapshotReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Tables of listeners that a test makes up, laid out as libsynoptic lays them out. */
public final class TestListeners {
  private static final int ROW = 152;

  private record Row(long cookie, int port, int length, int limit, int drops) {}

  private final List<Row> rows = new ArrayList<>();
  private Source source = Source.SOCK_DIAG;
  private long unlisted;
  private int address;
  private boolean connections;

  /** All of them on another address than 0.0.0.0. */
  public TestListeners on(int ipv4) {
    address = ipv4;
    return this;
  }

  /** Another listener. */
  public TestListeners add(long cookie, int port, int length, int limit, int drops) {
    rows.add(new Row(cookie, port, length, limit, drops));
    return this;
  }

  /** Another listener, at rest. */
  public TestListeners add(long cookie, int port) {
    return add(cookie, port, 0, 128, 0);
  }

  /** As proc has them: neither limit nor drops. */
  public TestListeners throughProc() {
    source = Source.PROC;
    return this;
  }

  /**
   * As a scan of all sockets through bpf has them: of each listener the timers are its cookie times
   * 10 and 0, 1, 2 and 3 more; its oldest connection in close_wait is that many seconds old, and
   * that many are over each age; its SYN queue and what came by fast open are that long.
   */
  public TestListeners withConnections() {
    connections = true;
    return this;
  }

  /** There were more than the table has room for. */
  public TestListeners cutOff() {
    unlisted = 1;
    return this;
  }

  public ListenerTable table() {
    int offset = SnapshotLayout.HEADER_TABLE + SnapshotLayout.TABLES * SnapshotLayout.TABLE_SIZE;
    int end = offset + ROW * rows.size();
    ByteBuffer buffer =
        ByteBuffer.allocateDirect(end + SnapshotLayout.NAMESPACE_SIZE)
            .order(ByteOrder.nativeOrder());
    buffer.putInt(SnapshotLayout.HEADER_SOURCE, source.number());
    buffer.putLong(SnapshotLayout.HEADER_UNLISTED_LISTENERS, unlisted);
    int table = SnapshotLayout.HEADER_TABLE + SnapshotLayout.TABLE_SIZE * SnapshotLayout.LISTENERS;
    buffer.putInt(table + SnapshotLayout.TABLE_OFFSET, offset);
    buffer.putInt(table + SnapshotLayout.TABLE_COUNT, rows.size());
    buffer.putInt(table + SnapshotLayout.TABLE_STRIDE, ROW);
    int at = offset;
    for (Row row : rows) {
      boolean proc = source == Source.PROC;
      buffer.putLong(at + SnapshotLayout.LISTENER_COOKIE, row.cookie);
      buffer.putInt(at + SnapshotLayout.LISTENER_ADDRESS, address);
      buffer.putShort(at + SnapshotLayout.LISTENER_PORT, (short) row.port);
      buffer.put(
          at + SnapshotLayout.LISTENER_KNOWN,
          (byte) (proc ? 0 : SnapshotLayout.KNOWN_LIMIT | SnapshotLayout.KNOWN_DROPS));
      buffer.putInt(at + SnapshotLayout.LISTENER_ACCEPT_QUEUE_LENGTH, row.length);
      buffer.putInt(at + SnapshotLayout.LISTENER_ACCEPT_QUEUE_LIMIT, proc ? 0 : row.limit);
      buffer.putInt(at + SnapshotLayout.LISTENER_DROPS, proc ? 0 : row.drops);
      if (connections) {
        putConnections(buffer, at, (int) row.cookie);
      }
      at += ROW;
    }
    if (connections) {
      putTable(buffer, SnapshotLayout.NAMESPACES, end);
      putTable(buffer, SnapshotLayout.OWNERS, end);
      buffer.putInt(
          end + SnapshotLayout.NAMESPACE_KNOWN,
          SnapshotLayout.KNOWN_TIMERS | SnapshotLayout.KNOWN_AGES);
    }
    return new ListenerTable(buffer, SnapshotReader.source(buffer, source));
  }

  /** Of one row; those of owners are not read. */
  private static void putTable(ByteBuffer buffer, int number, int offset) {
    int table = SnapshotLayout.HEADER_TABLE + SnapshotLayout.TABLE_SIZE * number;
    buffer.putInt(table + SnapshotLayout.TABLE_OFFSET, offset);
    buffer.putInt(table + SnapshotLayout.TABLE_COUNT, 1);
    buffer.putInt(table + SnapshotLayout.TABLE_STRIDE, SnapshotLayout.NAMESPACE_SIZE);
  }

  private static void putConnections(ByteBuffer buffer, int at, int cookie) {
    int known = at + SnapshotLayout.LISTENER_KNOWN;
    buffer.put(known, (byte) (buffer.get(known) | SnapshotLayout.KNOWN_SYN_QUEUE));
    buffer.putInt(at + SnapshotLayout.LISTENER_SYN_QUEUE_LENGTH, cookie);
    buffer.putInt(at + SnapshotLayout.LISTENER_FAST_OPEN_QUEUE_LENGTH, cookie);
    for (int i = 0; i < 4; i++) {
      buffer.putInt(at + SnapshotLayout.LISTENER_TIMERS + Integer.BYTES * i, cookie * 10 + i);
      buffer.putInt(
          at + SnapshotLayout.LISTENER_CLOSE_WAIT + Integer.BYTES * i,
          i == 0 ? cookie * 1000 : cookie);
    }
  }
}
