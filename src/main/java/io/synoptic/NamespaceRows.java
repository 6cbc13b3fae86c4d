package io.synoptic;

import static io.synoptic.SnapshotLayout.HEADER_TABLE;
import static io.synoptic.SnapshotLayout.NAMESPACES;
import static io.synoptic.SnapshotLayout.TABLE_COUNT;
import static io.synoptic.SnapshotLayout.TABLE_OFFSET;
import static io.synoptic.SnapshotLayout.TABLE_SIZE;
import static io.synoptic.SnapshotLayout.TABLE_STRIDE;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Which rows of a snapshot's table are of which network namespace, found out in one pass: a node
 * has many of both.
 */
final class NamespaceRows {
  /** Where each row stands, those of one namespace together. */
  private final int[] places;

  /** Where each namespace's begin in {@code places}, and behind the last one where they end. */
  private final int[] starts;

  /**
   * Reads what a scan left in {@code buffer}.
   *
   * @param table its number
   * @param netnsField where in a row the namespace's number is
   */
  NamespaceRows(ByteBuffer buffer, int table, int netnsField) {
    int header = HEADER_TABLE + TABLE_SIZE * table;
    int offset = buffer.getInt(header + TABLE_OFFSET);
    int stride = buffer.getInt(header + TABLE_STRIDE);
    places = new int[buffer.getInt(header + TABLE_COUNT)];
    starts = new int[namespaces(buffer) + 1];
    for (int row = 0; row < places.length; row++) {
      starts[buffer.getInt(offset + stride * row + netnsField) + 1]++;
    }
    for (int i = 1; i < starts.length; i++) {
      starts[i] += starts[i - 1];
    }
    int[] next = starts.clone();
    for (int row = 0; row < places.length; row++) {
      int place = offset + stride * row;
      places[next[buffer.getInt(place + netnsField)]++] = place;
    }
  }

  /** One where a scan of one namespace says nothing of it: that of its listeners alone. */
  private static int namespaces(ByteBuffer buffer) {
    return Math.max(1, buffer.getInt(HEADER_TABLE + TABLE_SIZE * NAMESPACES + TABLE_COUNT));
  }

  /** How many rows a namespace has. */
  int count(int netnsRow) {
    return starts[netnsRow + 1] - starts[netnsRow];
  }

  /** Where one of a namespace's rows stands; they go from 0. */
  int place(int netnsRow, int row) {
    return places[starts[netnsRow] + row];
  }

  /** Where all of a namespace's rows stand. */
  IntStream places(int netnsRow) {
    return Arrays.stream(places, starts[netnsRow], starts[netnsRow + 1]);
  }
}
