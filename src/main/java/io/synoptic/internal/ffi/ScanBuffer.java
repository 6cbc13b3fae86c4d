package io.synoptic.internal.ffi;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What libsynoptic scans into. It grows with the listening sockets and the namespaces there are, up
 * to a bound.
 */
public final class ScanBuffer {
  /** Most hosts have fewer listening sockets. */
  private static final int FIRST_LISTENERS = 512;

  private static final int FIRST_NAMESPACES = 128;

  private final NativeApi.Functions api;
  private final int maxListeners;
  private final int owners;
  private final int maxNamespaces;
  private int listeners;
  private int namespaces;
  private ByteBuffer bytes;

  public ScanBuffer(NativeApi.Functions api, int maxListeners, int owners, int maxNamespaces) {
    this.api = api;
    this.maxListeners = maxListeners;
    this.owners = owners;
    this.maxNamespaces = maxNamespaces;
    allocate(Math.min(FIRST_LISTENERS, maxListeners), Math.min(FIRST_NAMESPACES, maxNamespaces));
  }

  private void allocate(int listenerRows, int namespaceRows) {
    listeners = listenerRows;
    namespaces = namespaceRows;
    long size = api.synoptic_snapshot_size(listeners, owners, namespaces);
    bytes = ByteBuffer.allocateDirect(Math.toIntExact(size)).order(ByteOrder.nativeOrder());
  }

  /** How many it has rows for. */
  public int namespaces() {
    return namespaces;
  }

  public ByteBuffer bytes() {
    return bytes;
  }

  /**
   * After a good scan: whether it had too few rows and the buffer has more now, with some to spare.
   */
  public boolean grow() {
    int listenerRows =
        grown(listeners, bytes.getLong(SnapshotLayout.HEADER_UNLISTED_LISTENERS), maxListeners);
    int namespaceRows =
        grown(
            namespaces,
            Integer.toUnsignedLong(bytes.getInt(SnapshotLayout.HEADER_UNLISTED_NAMESPACES)),
            maxNamespaces);
    if (listenerRows == listeners && namespaceRows == namespaces) {
      return false;
    }
    allocate(listenerRows, namespaceRows);
    return true;
  }

  private static int grown(int rows, long unlisted, int most) {
    return unlisted == 0 ? rows : (int) Math.min(most, (rows + unlisted) * 17 / 16 + 1);
  }
}
