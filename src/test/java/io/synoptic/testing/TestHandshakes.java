package io.synoptic.testing;

import io.synoptic.HandshakeCounts;
import io.synoptic.internal.ffi.HandshakeLayout;
import io.synoptic.internal.ffi.HandshakeTable;
import io.synoptic.internal.ffi.SnapshotLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.stream.LongStream;

/** Tables of handshakes that a test makes up, laid out as libsynoptic lays them out. */
public final class TestHandshakes {
  private record Row(
      long cookie, long address, int port, int direction, long since, List<Long> counts) {}

  private final List<Row> rows = new ArrayList<>();
  private long missed;

  /** Numbers that are all 0 but one. */
  public static long[] numbers(int number, long value) {
    long[] numbers = new long[HandshakeCounts.SIZE];
    numbers[number] = value;
    return numbers;
  }

  /** Numbers by their place. */
  public static long[] numbers(IntUnaryOperator value) {
    long[] numbers = new long[HandshakeCounts.SIZE];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = value.applyAsInt(i);
    }
    return numbers;
  }

  /** Handshakes with listeners on 0.0.0.0. */
  public TestHandshakes inbound(long cookie, int port, long since, long... counts) {
    rows.add(new Row(cookie, 0, port, 0, since, LongStream.of(counts).boxed().toList()));
    return this;
  }

  /** Those that a cgroup has begun. */
  public TestHandshakes outbound(long cookie, long cgroup, long since, long... counts) {
    rows.add(
        new Row(
            cookie,
            cgroup,
            0,
            HandshakeLayout.OUTBOUND,
            since,
            LongStream.of(counts).boxed().toList()));
    return this;
  }

  /** The kernel's own count of what the programs have missed; -1 if unknown. */
  public TestHandshakes missed(long events) {
    missed = events;
    return this;
  }

  public HandshakeTable table() {
    int keys = HandshakeLayout.HEADER_SIZE;
    int counts = keys + HandshakeLayout.KEY_SIZE * rows.size();
    ByteBuffer buffer =
        ByteBuffer.allocateDirect(counts + HandshakeLayout.COUNTS_SIZE * rows.size())
            .order(ByteOrder.nativeOrder());
    buffer.putLong(HandshakeLayout.HEADER_MISSED_EVENTS, missed);
    entry(buffer, HandshakeLayout.HEADER_KEYS, keys, HandshakeLayout.KEY_SIZE);
    entry(buffer, HandshakeLayout.HEADER_COUNTS, counts, HandshakeLayout.COUNTS_SIZE);
    for (int i = 0; i < rows.size(); i++) {
      Row row = rows.get(i);
      int key = keys + HandshakeLayout.KEY_SIZE * i;
      buffer.putLong(key + HandshakeLayout.KEY_NETNS_COOKIE, row.cookie);
      buffer.putLong(key + HandshakeLayout.KEY_ADDRESS, row.address);
      buffer.putShort(key + HandshakeLayout.KEY_PORT, (short) row.port);
      buffer.put(key + HandshakeLayout.KEY_DIRECTION, (byte) row.direction);
      write(buffer, counts + HandshakeLayout.COUNTS_SIZE * i, row);
    }
    return new HandshakeTable(buffer);
  }

  private void entry(ByteBuffer buffer, int at, int offset, int stride) {
    buffer.putInt(at + SnapshotLayout.TABLE_OFFSET, offset);
    buffer.putInt(at + SnapshotLayout.TABLE_COUNT, rows.size());
    buffer.putInt(at + SnapshotLayout.TABLE_STRIDE, stride);
  }

  private static void write(ByteBuffer buffer, int at, Row row) {
    buffer.putLong(at + HandshakeLayout.COUNTS_SINCE, row.since);
    for (int i = 0; i < row.counts.size(); i++) {
      if (i < HandshakeCounts.CELLS) {
        buffer.putLong(at + HandshakeLayout.COUNTS_OPENED + Long.BYTES * i, row.counts.get(i));
      } else {
        int cell = i - HandshakeCounts.CELLS;
        buffer.putInt(
            at + HandshakeLayout.COUNTS_DURATIONS + Integer.BYTES * cell,
            row.counts.get(i).intValue());
      }
    }
  }
}
