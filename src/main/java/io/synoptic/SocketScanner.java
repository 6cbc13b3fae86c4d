package io.synoptic;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/**
 * Scans the TCP sockets of the network namespace this process lives in.
 *
 * <pre>{@code
 * SocketScanner scanner = SocketScanner.builder().build();
 * long forgotten = scanner.scan().sockets(TcpState.CLOSE_WAIT);
 * }</pre>
 *
 * A scan needs no privilege, is one call into libsynoptic, and takes about a second of CPU for a
 * million sockets; its memory does not grow with them. Safe for use by several threads: their scans
 * run one after the other.
 */
public final class SocketScanner {
  private final NativeApi.Functions api;
  private final Source source;
  private final Path procfs;
  private final Duration timeout;
  private final Sockstat sockstat;
  private final ByteBuffer buffer;

  private SocketScanner(Builder builder) {
    ensureAvailability();
    api = NativeLoader.loaded().api();
    source = builder.source;
    timeout = builder.timeout;
    procfs = builder.procfs;
    sockstat = new Sockstat(procfs);
    buffer =
        ByteBuffer.allocateDirect(Math.toIntExact(api.synoptic_snapshot_size(builder.maxListeners)))
            .order(ByteOrder.nativeOrder());
  }

  /** Whether libsynoptic could be loaded: a scan may still be refused by the kernel. */
  public static boolean isAvailable() {
    return unavailabilityCause() == null;
  }

  /** Why {@link #isAvailable()} is false; null if it is true. */
  public static Throwable unavailabilityCause() {
    return NativeLoader.loaded().failure();
  }

  /**
   * Does nothing if libsynoptic could be loaded.
   *
   * @throws UnsatisfiedLinkError with {@link #unavailabilityCause()} as its cause
   */
  public static void ensureAvailability() {
    Throwable cause = unavailabilityCause();
    if (cause != null) {
      UnsatisfiedLinkError error =
          new UnsatisfiedLinkError("libsynoptic can't be loaded: " + cause.getMessage());
      error.initCause(cause);
      throw error;
    }
  }

  /**
   * Names the libsynoptic to load, before everything else that the search tries (the property
   * {@code synoptic.library.path}, the copy inside this jar, the system's library path).
   *
   * @throws IllegalStateException when it has been loaded already
   */
  public static void useLibrary(Path library) {
    NativeLoader.use(library);
  }

  /** A scanner with defaults: the best source, 60 seconds, {@code /proc}. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Scans once.
   *
   * @throws ScanException if the scan failed or took longer than the timeout
   */
  public synchronized SocketSnapshot scan() {
    int status =
        api.synoptic_scan(
            source.number(),
            procfs.toString(),
            Math.toIntExact(timeout.toMillis()),
            buffer,
            buffer.capacity());
    if (status < 0) {
      throw failure(-status);
    }
    return new SocketSnapshot(buffer, source, Instant.now(), sockstat.inuse());
  }

  private ScanException failure(int errno) {
    Source last = Source.of(buffer.getInt(SnapshotLayout.HEADER_SOURCE));
    int fallbackError = buffer.getInt(SnapshotLayout.HEADER_FALLBACK_ERROR);
    String first = fallbackError == 0 ? "" : Errno.describe(Source.SOCK_DIAG, fallbackError) + "; ";
    return new ScanException(
        "TCP sockets can't be read. " + first + Errno.describe(last, errno),
        errno,
        SocketSnapshot.rejectedMessages(buffer));
  }

  /**
   * Lowers the calling thread's priority for good; if it can't be, the scans are right all the
   * same.
   */
  void yieldToOthers() {
    api.synoptic_yield_to_others();
  }

  /** How a {@link SocketScanner} scans. */
  public static final class Builder {
    private Source source = Source.AUTO;
    private Duration timeout = Duration.ofMinutes(1);
    private Path procfs = Path.of("/proc");
    private int maxListeners = 4096;

    private Builder() {}

    /** Where to read the sockets from. */
    public Builder source(Source source) {
      this.source = source;
      return this;
    }

    /** How long a scan may take at most: 1 millisecond to 24 days. */
    public Builder timeout(Duration timeout) {
      if (timeout.toMillis() < 1 || timeout.toMillis() > Integer.MAX_VALUE) {
        throw new IllegalArgumentException("timeout must be 1 ms to 24 days: " + timeout);
      }
      this.timeout = timeout;
      return this;
    }

    /**
     * Where procfs is mounted, for {@link Source#PROC} and {@link
     * SocketSnapshot#sockstatDifference()}.
     */
    public Builder procfs(Path procfs) {
      this.procfs = procfs;
      return this;
    }

    /**
     * How many listening sockets a snapshot lists at most, 0 to 65,534 (default: 4,096). Each takes
     * 92 bytes, listed or not.
     */
    public Builder maxListeners(int maxListeners) {
      if (maxListeners < 0 || maxListeners > 65534) {
        throw new IllegalArgumentException("maxListeners must be 0 to 65534: " + maxListeners);
      }
      this.maxListeners = maxListeners;
      return this;
    }

    /**
     * A scanner as described.
     *
     * @throws UnsatisfiedLinkError if {@link SocketScanner#isAvailable()} is false
     */
    public SocketScanner build() {
      return new SocketScanner(this);
    }
  }
}
