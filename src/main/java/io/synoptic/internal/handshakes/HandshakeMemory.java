package io.synoptic.internal.handshakes;

import io.synoptic.HandshakeCounts;
import io.synoptic.internal.ffi.HandshakeTable;
import java.util.HashMap;
import java.util.Map;

/**
 * What each row of the kernel's held when it was read last, so that the next reading counts what
 * has been added since. A row that was removed and has come back begins at zero. One in which
 * nothing has been counted takes no memory.
 */
final class HandshakeMemory {
  /** Readings that a row may be missing from. */
  private static final int PATIENCE = 3;

  private static final class Row {
    private final long since;
    private final long[] numbers = new long[HandshakeCounts.SIZE];
    private int reading;

    Row(long since) {
      this.since = since;
    }
  }

  private final Map<HandshakeTable.Key, Row> rows = new HashMap<>();
  private int reading;

  /** Begins a reading; forgets what has been missing from some. */
  void begin() {
    reading++;
    rows.values().removeIf(row -> reading - row.reading > PATIENCE);
  }

  /** What has been added to a row since it was read last. */
  HandshakeCounts added(HandshakeTable table, int number) {
    if (table.isZero(number)) {
      return HandshakeCounts.ZERO;
    }
    HandshakeTable.Key key = table.key(number);
    Row row = rows.get(key);
    if (row == null || row.since != table.since(number)) {
      row = new Row(table.since(number));
      rows.put(key, row);
    }
    row.reading = reading;
    return table.added(number, row.numbers);
  }

  /** Rows that are remembered. */
  int remembered() {
    return rows.size();
  }
}
