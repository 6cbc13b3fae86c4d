package io.synoptic.internal.ffi;

import io.synoptic.HandshakeCounts;
import io.synoptic.ScanException;
import io.synoptic.Source;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Reads what BPF programs have counted of handshakes. It grows with the rows there are. */
public final class HandshakeBuffer {
  /** Most hosts have fewer listeners and cgroups. */
  private static final int FIRST_ROWS = 256;

  private final NativeApi.Functions api = NativeLoader.api();
  private final HandshakePrograms programs;
  private final String procfs;
  private int rows = FIRST_ROWS;
  private ByteBuffer bytes;

  /** A buffer for what {@code programs} count. */
  public HandshakeBuffer(HandshakePrograms programs, Path procfs) {
    this.programs = programs;
    this.procfs = procfs.toString();
    bytes = allocate(rows);
  }

  private ByteBuffer allocate(int forRows) {
    int size = Math.toIntExact(api.synoptic_handshakes_size(forRows));
    return ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
  }

  /**
   * The rows as they are now.
   *
   * @throws ScanException if they can't be read
   */
  public HandshakeTable read() {
    readOnce();
    while (bytes.getInt(HandshakeLayout.HEADER_MORE) != 0 && rows < HandshakeLayout.MOST_ROWS) {
      bytes = allocate(2 * rows);
      rows *= 2;
      readOnce();
    }
    return new HandshakeTable(bytes);
  }

  private void readOnce() {
    int status =
        api.synoptic_read_handshakes(
            programs.map(), programs.events(), programs.forget(), procfs, bytes, bytes.capacity());
    if (status < 0) {
      throw new ScanException(
          "Handshakes can't be read. " + Errno.describe(Source.BPF, -status), -status, Map.of());
    }
    checkBounds();
  }

  /** They are the library's, which may be another version's. */
  private void checkBounds() {
    List<Double> expected = HandshakeCounts.CELL_BOUNDS;
    for (int cell = 0; cell < expected.size(); cell++) {
      double bound = bytes.getDouble(HandshakeLayout.HEADER_BOUNDS + Double.BYTES * cell);
      if (bound != expected.get(cell)) {
        throw new IllegalStateException(
            "libsynoptic counts durations up to " + bound + ", not " + expected.get(cell));
      }
    }
  }
}
