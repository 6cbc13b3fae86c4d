package io.synoptic.internal.netns;

import io.synoptic.ScanException;
import io.synoptic.Source;
import io.synoptic.SourceReason;
import io.synoptic.SourceUsed;
import io.synoptic.internal.ffi.BpfProgram;
import io.synoptic.internal.ffi.Errno;
import io.synoptic.internal.ffi.ListenerTable;
import io.synoptic.internal.ffi.NamespaceTable;
import io.synoptic.internal.ffi.NativeApi;
import io.synoptic.internal.ffi.NativeLoader;
import io.synoptic.internal.ffi.NativeScanner;
import io.synoptic.internal.ffi.SamplerBuffer;
import io.synoptic.internal.ffi.ScanBuffer;
import io.synoptic.internal.ffi.SnapshotReader;
import io.synoptic.internal.procfs.KernelFile;
import io.synoptic.internal.procfs.Sockstat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;

/** Scans every network namespace of the host in one pass, with a BPF program. */
final class BpfScanner implements NamespaceScanner {
  static final int MAX_LISTENERS = 65534;
  static final int MAX_NAMESPACES = 50_000;

  /** How many owners a snapshot lists, of all namespaces together. */
  private static final int MAX_OWNERS = 8192;

  private final NativeApi.Functions api;
  private final BpfProgram program;
  private final SourceUsed source;
  private final int timeoutMillis;
  private final Path procfs;
  private final long ownInode;
  private final boolean processesInSight;
  private final ScanBuffer allSockets;
  private final boolean adding;
  private final SamplerBuffer samples;

  /** Of the own namespace; 0 before the first scan. */
  private volatile long ownCookie;

  /**
   * A scanner that runs {@code program}.
   *
   * @param requested whether no other source was wanted
   * @param adding whether scans are added to the samples, because nothing polls
   */
  BpfScanner(BpfProgram program, boolean requested, NativeScanner own, boolean adding) {
    api = NativeLoader.api();
    this.program = program;
    this.adding = adding;
    source = new SourceUsed(Source.BPF, requested ? SourceReason.REQUESTED : SourceReason.BEST, "");
    Duration timeout = own.timeout();
    timeoutMillis = Math.toIntExact(timeout.toMillis());
    procfs = own.procfs();
    ownInode = ownInode();
    processesInSight = areProcessesInSight(procfs);
    allSockets = new ScanBuffer(api, MAX_LISTENERS, MAX_OWNERS, MAX_NAMESPACES);
    samples = SamplerBuffer.ofNode(MAX_LISTENERS, MAX_NAMESPACES);
  }

  /** The number of the own namespace. */
  static long ownInode() {
    try {
      return (long) Files.getAttribute(Path.of("/proc/self/ns/net"), "unix:ino");
    } catch (IOException e) {
      throw new IllegalStateException("/proc/self/ns/net can't be read", e);
    }
  }

  /**
   * Whether a process has the same number here as the kernel gives it: in the initial PID namespace
   * alone, where kernel threads are in sight.
   */
  private static boolean areProcessesInSight(Path procfs) {
    try {
      return KernelFile.text(procfs.resolve("2/comm")).equals("kthreadd\n");
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public Result scan(Sockstat own, Consumer<Scanned> reader) {
    long start;
    synchronized (allSockets) {
      do {
        start = System.nanoTime();
        check(
            api.synoptic_scan_node(
                program.program(),
                program.records(),
                timeoutMillis,
                allSockets.bytes(),
                allSockets.bytes().capacity(),
                MAX_OWNERS,
                allSockets.namespaces()));
      } while (allSockets.grow());
      if (adding) {
        samples.add(new ListenerTable(allSockets.bytes(), source), start);
      }
      return read(allSockets.bytes(), own, reader);
    }
  }

  private Result read(ByteBuffer buffer, Sockstat own, Consumer<Scanned> reader) {
    NamespaceTable namespaces = new NamespaceTable(buffer);
    ListenerTable[] tables = ListenerTable.ofEach(buffer, source);
    SnapshotReader snapshots = new SnapshotReader(buffer);
    Instant now = Instant.now();
    Set<Long> alive = new HashSet<>();
    for (int row = 0; row < namespaces.count(); row++) {
      long key = namespaces.cookie(row);
      if (namespaces.inode(row) == ownInode) {
        ownCookie = key;
        key = NamespaceTracker.OWN;
      }
      boolean isOwn = key == NamespaceTracker.OWN;
      OptionalLong inuse = isOwn ? own.inuse() : OptionalLong.empty();
      int pid = processesInSight ? namespaces.pid(row) : 0;
      alive.add(key);
      reader.accept(
          new Scanned(
              key,
              namespaces.inode(row),
              pid,
              namespaces.owner(row),
              snapshots.read(row, source, now, inuse).build(),
              tables[row],
              namespaces.limits(row),
              isOwn ? own : new Sockstat(procfs.resolve(Integer.toString(pid)))));
    }
    return new Result(source, alive, namespaces.unlistedNamespaces());
  }

  @Override
  public void sample(Duration interval) {
    samples.sample(
        (sampler, intervalMillis, snapshot) ->
            api.synoptic_sample_node(
                sampler,
                program.program(),
                program.records(),
                intervalMillis,
                timeoutMillis,
                snapshot.bytes(),
                snapshot.bytes().capacity(),
                snapshot.namespaces()),
        interval);
  }

  @Override
  public void ask() {
    samples.ask();
  }

  @Override
  public void readSamples(SampleReader reader) {
    reader.read(samples, this::key);
  }

  /** The key of the namespace with a cookie, as the last scan has found it. */
  long key(long cookie) {
    return cookie == ownCookie ? NamespaceTracker.OWN : cookie;
  }

  @Override
  public Polls polls() {
    return new Polls(
        samples.polls(), samples.pollNanos(), samples.newest(), source, samples.failure());
  }

  /** Throws what a scan's negative status means. */
  static void check(int status) {
    if (status < 0) {
      throw failure(-status);
    }
  }

  /** The failure of a scan with this error number, positive. */
  static ScanException failure(int errno) {
    return new ScanException(
        "TCP sockets can't be read. " + Errno.describe(Source.BPF, errno), errno, Map.of());
  }
}
