package io.synoptic.internal.ffi;

import java.nio.ByteBuffer;

/**
 * One table of a snapshot or a sampler, as its entry in the header describes it. Every row is
 * inside the buffer, and at least as long as this version reads it.
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
   * @throws IllegalStateException as {@link #at(ByteBuffer, int, int)}
   */
  static Table of(ByteBuffer buffer, int number) {
    return at(
        buffer,
        SnapshotLayout.HEADER_TABLE + SnapshotLayout.TABLE_SIZE * number,
        SnapshotLayout.ROW_SIZES.get(number));
  }

  /**
   * The table with its entry at {@code header}.
   *
   * @param rowSize what is read of a row, in bytes
   * @throws IllegalStateException if it can't be in the buffer
   */
  static Table at(ByteBuffer buffer, int header, int rowSize) {
    long offset = Integer.toUnsignedLong(buffer.getInt(header + SnapshotLayout.TABLE_OFFSET));
    long count = Integer.toUnsignedLong(buffer.getInt(header + SnapshotLayout.TABLE_COUNT));
    long stride = Integer.toUnsignedLong(buffer.getInt(header + SnapshotLayout.TABLE_STRIDE));
    int size = buffer.capacity();
    // By division: the product of the two may not fit in a long.
    if (count > 0 && (stride < rowSize || offset > size || count > (size - offset) / stride)) {
      throw new IllegalStateException(
          ("libsynoptic has %d rows of %d bytes, of which %d are read, from byte %d of %d on: "
                  + "it is damaged, or another version's")
              .formatted(count, stride, rowSize, offset, size));
    }
    return count == 0
        ? new Table(buffer, 0, 0, 0)
        : new Table(buffer, (int) offset, (int) count, (int) stride);
  }

  /** The offset of a row, from 0, in bytes. */
  int at(int row) {
    if (row < 0 || row >= count) {
      throw noRow(row, count);
    }
    return offset + stride * row;
  }

  /** Of a number that names none of so many rows. */
  static IllegalStateException noRow(int row, int count) {
    return new IllegalStateException(
        "libsynoptic names row %s of %d: it is damaged, or another version's"
            .formatted(Integer.toUnsignedString(row), count));
  }

  /** An unsigned 32-bit field of a row. */
  long unsignedInt(int row, int field) {
    return Integer.toUnsignedLong(buffer.getInt(at(row) + field));
  }
}
