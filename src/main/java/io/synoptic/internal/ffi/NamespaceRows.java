package io.synoptic.internal.ffi;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.stream.IntStream;

/** The rows of a table by network namespace, sorted in one pass: a node has many of both. */
final class NamespaceRows {
  /** The offset of each row, those of one namespace together. */
  private final int[] offsets;

  /** Where each namespace's begin in {@code offsets}, and behind the last one where they end. */
  private final int[] starts;

  /**
   * Reads what a scan left in {@code buffer}.
   *
   * @param number the table's
   * @param netnsField where in a row the namespace's number is
   * @throws IllegalStateException if a row's namespace has none
   */
  NamespaceRows(ByteBuffer buffer, int number, int netnsField) {
    Table table = Table.of(buffer, number);
    offsets = new int[table.count()];
    // A scan of one namespace's listeners alone has no row of the namespace.
    starts = new int[Math.max(1, Table.of(buffer, SnapshotLayout.NAMESPACES).count()) + 1];
    for (int row = 0; row < offsets.length; row++) {
      int netnsRow = buffer.getInt(table.at(row) + netnsField);
      if (netnsRow < 0 || netnsRow >= starts.length - 1) {
        throw Table.noRow(netnsRow, starts.length - 1);
      }
      starts[netnsRow + 1]++;
    }
    for (int i = 1; i < starts.length; i++) {
      starts[i] += starts[i - 1];
    }
    int[] next = starts.clone();
    for (int row = 0; row < offsets.length; row++) {
      offsets[next[buffer.getInt(table.at(row) + netnsField)]++] = table.at(row);
    }
  }

  /** How many rows a namespace has. */
  int count(int netnsRow) {
    return starts[netnsRow + 1] - starts[netnsRow];
  }

  /** The offset of one of a namespace's rows, which are numbered from 0. */
  int at(int netnsRow, int row) {
    return offsets[starts[netnsRow] + row];
  }

  /** The offsets of all of a namespace's rows. */
  IntStream all(int netnsRow) {
    return Arrays.stream(offsets, starts[netnsRow], starts[netnsRow + 1]);
  }
}
