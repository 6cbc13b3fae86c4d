package io.synoptic.internal.ffi;

import io.synoptic.SocketSnapshot;
import io.synoptic.Source;
import io.synoptic.SourceUsed;
import io.synoptic.internal.procfs.Sockstat;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Scans one network namespace with libsynoptic: this process' own. Safe for use by several threads:
 * their scans run one after the other, those of the listeners beside those of all sockets.
 */
public final class NativeScanner {
  /** How many owners a snapshot lists, in some 200 bytes each; the rest share a row. */
  private static final int MAX_OWNERS = 1024;

  private final NativeApi.Functions api;
  private final Source source;
  private final Path procfs;
  private final Duration timeout;
  private final int maxListeners;
  private final ScanBuffer allSockets;
  private final ScanBuffer listeners;

  /**
   * A scanner with buffers of its own.
   *
   * @throws UnsatisfiedLinkError if libsynoptic can't be loaded
   */
  public NativeScanner(Source source, Path procfs, Duration timeout, int maxListeners) {
    api = NativeLoader.api();
    this.source = source;
    this.procfs = procfs;
    this.timeout = timeout;
    this.maxListeners = maxListeners;
    allSockets = new ScanBuffer(api, maxListeners, MAX_OWNERS, 1);
    listeners = new ScanBuffer(api, maxListeners, 0, 1);
  }

  /**
   * Scans all sockets, and lists the listeners.
   *
   * @throws ScanException if the scan failed or took longer than the timeout
   */
  public SocketSnapshot scan() {
    return scan(
        new Sockstat(procfs), (snapshot, table) -> snapshot.listeners(table.toList()).build());
  }

  /**
   * Scans all sockets, and passes on the listeners while they are in the buffer.
   *
   * @param sockstat of this namespace, not asked yet
   * @throws ScanException if the scan failed or took longer than the timeout
   */
  public <T> T scan(
      Sockstat sockstat, BiFunction<SocketSnapshot.Builder, ListenerTable, T> reader) {
    return scan(
        allSockets,
        this::scanAll,
        buffer -> {
          SourceUsed used = SnapshotReader.source(buffer, source);
          return reader.apply(
              new SnapshotReader(buffer).read(0, used, Instant.now(), sockstat.inuse()),
              new ListenerTable(buffer, used));
        });
  }

  /**
   * Scans the listeners alone, also while a scan of all sockets runs, and passes them on.
   *
   * @throws ScanException if the scan failed or took longer than the timeout
   */
  public SourceUsed scanListeners(Consumer<ListenerTable> reader) {
    return scan(
        listeners,
        api::synoptic_scan_listeners,
        buffer -> {
          SourceUsed used = SnapshotReader.source(buffer, source);
          reader.accept(new ListenerTable(buffer, used));
          return used;
        });
  }

  /** A sampler for {@link #sample}. */
  public SamplerBuffer newSampler() {
    return SamplerBuffer.ofOne(maxListeners);
  }

  /**
   * Polls the listeners into {@code sampler}, also while scans run, until it is asked.
   *
   * @throws ScanException if a poll was refused
   */
  public void sample(SamplerBuffer sampler, Duration interval) {
    sampler.sample(
        (bytes, intervalMillis, snapshot) ->
            api.synoptic_sample(
                bytes,
                source.number(),
                procfs.toString(),
                intervalMillis,
                Math.toIntExact(timeout.toMillis()),
                snapshot.bytes(),
                snapshot.bytes().capacity()),
        interval);
  }

  /** What the newest good poll into {@code sampler} read from. */
  public SourceUsed source(SamplerBuffer sampler) {
    return sampler.source(source);
  }

  private int scanAll(int from, String path, int timeoutMillis, ByteBuffer buffer, long size) {
    return api.synoptic_scan(from, path, timeoutMillis, buffer, size, MAX_OWNERS);
  }

  /** One of libsynoptic's two scans of one namespace. */
  private interface Call {
    int into(int source, String procfs, int timeoutMillis, ByteBuffer buffer, long size);
  }

  private <T> T scan(ScanBuffer into, Call call, Function<ByteBuffer, T> reader) {
    synchronized (into) {
      do {
        int status =
            call.into(
                source.number(),
                procfs.toString(),
                Math.toIntExact(timeout.toMillis()),
                into.bytes(),
                into.bytes().capacity());
        if (status < 0) {
          throw SnapshotReader.failure(into.bytes(), -status);
        }
      } while (into.grow());
      return reader.apply(into.bytes());
    }
  }

  public Path procfs() {
    return procfs;
  }

  public Duration timeout() {
    return timeout;
  }

  /**
   * Lowers the calling thread's priority for good; where that fails, the scans are right all the
   * same.
   */
  public void yieldToOthers() {
    api.synoptic_yield_to_others();
  }

  /** The CPU time that the calling thread has taken, in user mode and in the kernel. */
  public long cpuNanos() {
    return api.synoptic_cpu_nanoseconds();
  }
}
