package io.synoptic.internal.netns;

import io.synoptic.ScanException;
import io.synoptic.internal.ffi.BpfProgram;
import io.synoptic.internal.ffi.NamespaceTable;
import io.synoptic.internal.ffi.NativeApi;
import io.synoptic.internal.ffi.NativeLoader;
import io.synoptic.internal.ffi.ScanBuffer;
import java.time.Duration;

/**
 * Which of all namespaces is the own one, where that alone is shown. Looks at the listeners of all,
 * which the programs that count handshakes have to know of as well.
 */
public final class OwnCookie {
  /** No namespace is shown under this key. */
  private static final long ANOTHER = -1;

  private final NativeApi.Functions api = NativeLoader.api();
  private final BpfProgram program;
  private final int timeoutMillis;
  private final long ownInode = BpfScanner.ownInode();
  private final ScanBuffer buffer;
  private long cookie;

  /** Looks with {@code program}. */
  public OwnCookie(BpfProgram program, Duration timeout) {
    this.program = program;
    timeoutMillis = Math.toIntExact(timeout.toMillis());
    buffer = new ScanBuffer(api, BpfScanner.MAX_LISTENERS, 0, BpfScanner.MAX_NAMESPACES);
  }

  /**
   * Looks.
   *
   * @throws ScanException if the listeners can't be read
   */
  public void look() {
    do {
      BpfScanner.check(
          api.synoptic_scan_node_listeners(
              program.program(),
              program.records(),
              timeoutMillis,
              buffer.bytes(),
              buffer.bytes().capacity(),
              buffer.namespaces()));
    } while (buffer.grow());
    NamespaceTable namespaces = new NamespaceTable(buffer.bytes());
    for (int row = 0; row < namespaces.count(); row++) {
      if (namespaces.inode(row) == ownInode) {
        cookie = namespaces.cookie(row);
      }
    }
  }

  /** {@link NamespaceTracker#OWN} for the cookie of the own namespace, else no namespace's key. */
  public long key(long ofCookie) {
    return ofCookie == cookie ? NamespaceTracker.OWN : ANOTHER;
  }
}
