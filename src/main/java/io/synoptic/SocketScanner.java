package io.synoptic;

import io.synoptic.internal.ffi.NativeLoader;
import io.synoptic.internal.ffi.NativeScanner;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

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
  private final NativeScanner scanner;

  private SocketScanner(Builder builder) {
    scanner =
        new NativeScanner(builder.source, builder.procfs, builder.timeout, builder.maxListeners);
  }

  /** Whether libsynoptic could be loaded: a scan may still be refused by the kernel. */
  public static boolean isAvailable() {
    return unavailabilityCause() == null;
  }

  /** Why {@link #isAvailable()} is false; null if it is true. */
  public static @Nullable Throwable unavailabilityCause() {
    return NativeLoader.loaded().failure();
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
    return scanner.scan();
  }

  NativeScanner scanner() {
    return scanner;
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
