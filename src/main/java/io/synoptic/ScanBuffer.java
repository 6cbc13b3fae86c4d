package io.synoptic;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** What libsynoptic scans into. It grows with the listening sockets there are, up to a bound. */
final class ScanBuffer {
  /** Most hosts have fewer listening sockets. */
  private static final int FIRST_LISTENERS = 512;

  private final NativeApi.Functions api;
  private final int maxListeners;
  private final int maxOwners;
  private int listeners;
  private ByteBuffer bytes;

  ScanBuffer(NativeApi.Functions api, int maxListeners, int maxOwners) {
    this.api = api;
    this.maxListeners = maxListeners;
    this.maxOwners = maxOwners;
    allocate(Math.min(FIRST_LISTENERS, maxListeners));
  }

  private void allocate(int rows) {
    listeners = rows;
    bytes =
        ByteBuffer.allocateDirect(Math.toIntExact(api.synoptic_snapshot_size(rows, maxOwners)))
            .order(ByteOrder.nativeOrder());
  }

  ByteBuffer bytes() {
    return bytes;
  }

  /**
   * After a good scan: whether it had too few rows and the buffer has more now, with some to spare.
   */
  boolean grow() {
    long unlisted = bytes.getLong(SnapshotLayout.HEADER_UNLISTED_LISTENERS);
    if (unlisted == 0 || listeners == maxListeners) {
      return false;
    }
    allocate((int) Math.min(maxListeners, (listeners + unlisted) * 17 / 16));
    return true;
  }
}
