package io.synoptic;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Scans the TCP sockets of the network namespace this process lives in.
 *
 * <pre>{@code
 * SocketScanner scanner = SocketScanner.builder().build();
 * long forgotten = scanner.scan().sockets(TcpState.CLOSE_WAIT);
 * }</pre>
 *
 * A scan needs no privilege, is one call into libsynoptic, and takes about a second of CPU for a
 * million sockets; its memory does not grow with connections. Safe for use by several threads:
 * their scans run one after the other.
 */
public final class SocketScanner {
  /**
   * How many owners a snapshot lists, in 108 bytes each; the connections of more are told as one.
   */
  private static final int MAX_OWNERS = 1024;

  private final NativeApi.Functions api;
  private final Source source;
  private final Path procfs;
  private final Duration timeout;
  private final Sockstat sockstat;
  private final ScanBuffer allSockets;

  /** Of its own, so that the listeners are read while a scan of all sockets runs. */
  private final ScanBuffer listeners;

  private SocketScanner(Builder builder) {
    ensureAvailability();
    api = NativeLoader.loaded().api();
    source = builder.source;
    timeout = builder.timeout;
    procfs = builder.procfs;
    sockstat = new Sockstat(procfs);
    allSockets = new ScanBuffer(api, builder.maxListeners, MAX_OWNERS, 1);
    listeners = new ScanBuffer(api, builder.maxListeners, 0, 1);
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
          new UnsatisfiedLinkError("libsynoptic can't be loaded: " + Messages.of(cause));
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
  public SocketSnapshot scan() {
    return scan(
        allSockets,
        this::scanAll,
        buffer -> new SocketSnapshot(buffer, used(buffer), Instant.now(), sockstat.inuse()));
  }

  /**
   * Scans once and passes on the counts, and the listeners while they lie in the buffer.
   *
   * @throws ScanException if the scan failed or took longer than the timeout
   */
  <T> T scan(BiFunction<SocketCounts, ListenerTable, T> reader) {
    return scan(
        allSockets,
        this::scanAll,
        buffer ->
            reader.apply(
                new SocketCounts(buffer, used(buffer), Instant.now(), sockstat.inuse()),
                new ListenerTable(buffer, used(buffer))));
  }

  /**
   * Scans the listeners alone, also while a scan of all sockets runs, and passes them on.
   *
   * @throws ScanException if the scan failed or took longer than the timeout
   */
  SourceUsed scanListeners(Consumer<ListenerTable> reader) {
    return scan(
        listeners,
        api::synoptic_scan_listeners,
        buffer -> {
          reader.accept(new ListenerTable(buffer, used(buffer)));
          return used(buffer);
        });
  }

  private int scanAll(int from, String path, int timeoutMillis, ByteBuffer buffer, long size) {
    return api.synoptic_scan(from, path, timeoutMillis, buffer, size, MAX_OWNERS);
  }

  /** Either of libsynoptic's scans. */
  private interface NativeScan {
    int into(int source, String procfs, int timeoutMillis, ByteBuffer buffer, long size);
  }

  private <T> T scan(ScanBuffer into, NativeScan nativeScan, Function<ByteBuffer, T> reader) {
    synchronized (into) {
      do {
        int status =
            nativeScan.into(
                source.number(),
                procfs.toString(),
                Math.toIntExact(timeout.toMillis()),
                into.bytes(),
                into.bytes().capacity());
        if (status < 0) {
          throw failure(into.bytes(), -status);
        }
      } while (into.grow());
      return reader.apply(into.bytes());
    }
  }

  private SourceUsed used(ByteBuffer buffer) {
    return SourceUsed.read(buffer, source);
  }

  private static ScanException failure(ByteBuffer buffer, int errno) {
    Source last = Source.of(buffer.getInt(SnapshotLayout.HEADER_SOURCE));
    int fallbackError = buffer.getInt(SnapshotLayout.HEADER_FALLBACK_ERROR);
    String first = fallbackError == 0 ? "" : Errno.describe(Source.SOCK_DIAG, fallbackError) + "; ";
    return new ScanException(
        "TCP sockets can't be read. " + first + Errno.describe(last, errno),
        errno,
        SocketCounts.rejectedMessages(buffer));
  }

  Path procfs() {
    return procfs;
  }

  Duration timeout() {
    return timeout;
  }

  NativeApi.Functions api() {
    return api;
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
    private int maxListeners = 65534;

    private Builder() {}

    /**
     * Where to read the sockets from; not {@link Source#BPF}, which sees every namespace: {@link
     * SharedScanner.Builder#everyNamespace}.
     */
    public Builder source(Source source) {
      if (source == Source.BPF) {
        throw new IllegalArgumentException("bpf sees every namespace, not one");
      }
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
     * How many listening sockets a snapshot lists at most, 0 to 65,534 (the default). Each that
     * there is takes about 200 bytes of the scanner's memory.
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
