package io.synoptic.internal.ffi;

import java.nio.ByteBuffer;

/**
 * One table of a snapshot or a sampler, as its entry in the header describes it.
 *
 * @param buffer what a scan filled
 * @param offset of the first row, in bytes
 * @param count rows
 * @param stride from one row to the next, in bytes: a newer library's rows may be longer
 */
record Table(ByteBuffer buffer, int offset, int count, int stride) {
  /**
   * The table with this number.
   *
   * @param number {@link SnapshotLayout#NAMESPACES} and the others
   */
  static Table of(ByteBuffer buffer, int number) {
    return at(buffer, SnapshotLayout.HEADER_TABLE + SnapshotLayout.TABLE_SIZE * number);
  }

  /** The table with its entry at {@code header}. */
  static Table at(ByteBuffer buffer, int header) {
    return new Table(
        buffer,
        buffer.getInt(header + SnapshotLayout.TABLE_OFFSET),
        buffer.getInt(header + SnapshotLayout.TABLE_COUNT),
        buffer.getInt(header + SnapshotLayout.TABLE_STRIDE));
  }

  /** The offset of a row, from 0, in bytes. */
  int at(int row) {
    return offset + stride * row;
  }

  /** An unsigned 32-bit field of a row. */
  long unsignedInt(int row, int field) {
    return Integer.toUnsignedLong(buffer.getInt(at(row) + field));
  }
}
