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
  private static final int MAX_LISTENERS = 65534;
  private static final int MAX_NAMESPACES = 50_000;

  /** How many owners a snapshot lists, of all namespaces together. */
  private static final int MAX_OWNERS = 8192;

  private final NativeApi.Functions api;
  private final BpfProgram program;
  private final SourceUsed source;
  private final int timeoutMillis;
  private final Sockstat sockstat;
  private final long ownInode;
  private final boolean processesInSight;
  private final ScanBuffer allSockets;

  /** Of its own, so that the listeners are read while a scan of all sockets runs. */
  private final ScanBuffer listeners;

  /**
   * A scanner that runs {@code program}.
   *
   * @param requested whether no other source was wanted
   */
  BpfScanner(BpfProgram program, boolean requested, NativeScanner own) {
    api = NativeLoader.api();
    this.program = program;
    source = new SourceUsed(Source.BPF, requested ? SourceReason.REQUESTED : SourceReason.BEST, "");
    Duration timeout = own.timeout();
    timeoutMillis = Math.toIntExact(timeout.toMillis());
    sockstat = new Sockstat(own.procfs());
    ownInode = ownInode();
    processesInSight = areProcessesInSight(own.procfs());
    allSockets = new ScanBuffer(api, MAX_LISTENERS, MAX_OWNERS, MAX_NAMESPACES);
    listeners = new ScanBuffer(api, MAX_LISTENERS, 0, MAX_NAMESPACES);
  }

  private static long ownInode() {
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
  public Result scan(Consumer<Scanned> reader) {
    synchronized (allSockets) {
      do {
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
      return read(allSockets.bytes(), reader);
    }
  }

  private Result read(ByteBuffer buffer, Consumer<Scanned> reader) {
    NamespaceTable namespaces = new NamespaceTable(buffer);
    ListenerTable[] tables = ListenerTable.ofEach(buffer, source);
    SnapshotReader snapshots = new SnapshotReader(buffer);
    Instant now = Instant.now();
    Set<Long> alive = new HashSet<>();
    for (int row = 0; row < namespaces.count(); row++) {
      long key = key(namespaces, row);
      OptionalLong inuse = key == NamespaceTracker.OWN ? sockstat.inuse() : OptionalLong.empty();
      alive.add(key);
      reader.accept(
          new Scanned(
              key,
              namespaces.inode(row),
              processesInSight ? namespaces.pid(row) : 0,
              namespaces.owner(row),
              snapshots.read(row, source, now, inuse).build(),
              tables[row],
              namespaces.limits(row)));
    }
    return new Result(source, alive, namespaces.unlistedNamespaces());
  }

  private long key(NamespaceTable namespaces, int row) {
    return namespaces.inode(row) == ownInode ? NamespaceTracker.OWN : namespaces.cookie(row);
  }

  @Override
  public SourceUsed scanListeners(ListenerReader reader) {
    check(tryListeners(reader));
    return source;
  }

  /**
   * Scans the listeners alone, and passes on those of each namespace.
   *
   * @return 0, or {@code -errno} if the scan failed: then nothing was passed on
   */
  int tryListeners(ListenerReader reader) {
    synchronized (listeners) {
      do {
        int status =
            api.synoptic_scan_node_listeners(
                program.program(),
                program.records(),
                timeoutMillis,
                listeners.bytes(),
                listeners.bytes().capacity(),
                listeners.namespaces());
        if (status < 0) {
          return status;
        }
      } while (listeners.grow());
      NamespaceTable namespaces = new NamespaceTable(listeners.bytes());
      ListenerTable[] tables = ListenerTable.ofEach(listeners.bytes(), source);
      for (int row = 0; row < tables.length; row++) {
        reader.read(key(namespaces, row), tables[row]);
      }
      return 0;
    }
  }

  /** Where its scans read from. */
  SourceUsed source() {
    return source;
  }

  private static void check(int status) {
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
