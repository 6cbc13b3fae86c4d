package io.synoptic.internal.netns;

import io.synoptic.Source;
import io.synoptic.SourceReason;
import io.synoptic.SourceUsed;
import io.synoptic.internal.ffi.ListenerTable;
import io.synoptic.internal.ffi.NativeApi;
import io.synoptic.internal.ffi.NativeLoader;
import io.synoptic.internal.ffi.NativeScanner;
import io.synoptic.internal.ffi.ScanBuffer;
import io.synoptic.internal.ffi.SnapshotLayout;
import io.synoptic.internal.ffi.SnapshotReader;
import io.synoptic.internal.limits.CpuBudget;
import io.synoptic.internal.procfs.KernelFile;
import io.synoptic.internal.procfs.Sockstat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Scans the network namespaces of other processes through {@code /proc/<pid>/net}, one after the
 * other, as far as a budget of CPU time goes: each costs a walk over the whole host's table. Takes
 * no privilege, but the processes must be in sight: a PID namespace shared with them, and no {@code
 * hidepid}.
 *
 * <p>The namespace of a process is known by the inode number of its {@code net/tcp}, which
 * everybody may see, where {@code ns/net} is for those alone who may trace the process. For one
 * thread.
 */
final class ProcScanner {
  /** Of each namespace so many processes are remembered, so that it isn't lost when one ends. */
  private static final int PROCESSES = 4;

  private static final SourceUsed SOURCE =
      new SourceUsed(Source.PROC, SourceReason.BEST, ""); // of a namespace, not of the scan

  private record Namespace(long key, long tcpInode, List<Integer> pids) {}

  private final NativeScanner own;
  private final NativeApi.Functions api;
  private final Path procfs;
  private final ScanBuffer buffer;
  private final CpuBudget budget;

  /** By the inode number of net/tcp. */
  private Map<Long, Namespace> namespaces = new HashMap<>();

  private final Deque<Namespace> waiting = new ArrayDeque<>();
  private long lastKey;

  ProcScanner(NativeScanner own, CpuBudget budget) {
    api = NativeLoader.api();
    this.own = own;
    this.procfs = own.procfs();
    this.budget = budget;
    buffer = new ScanBuffer(api, 65534, 0, 1);
  }

  /**
   * Scans the next ones, and passes them on. A round begins with a look at the processes.
   *
   * @return every namespace known, scanned this time or not
   */
  Set<Long> scan(Consumer<NamespaceScanner.Scanned> reader) {
    boolean looked = false;
    while (budget.isLeft() && !(looked && waiting.isEmpty())) {
      long cpu = own.cpuNanos();
      if (waiting.isEmpty()) {
        look();
        looked = true;
      } else {
        takeTurn(waiting.remove(), reader);
      }
      budget.spend(own.cpuNanos() - cpu);
    }
    Set<Long> alive = new HashSet<>();
    namespaces.values().forEach(namespace -> alive.add(namespace.key));
    return alive;
  }

  private void look() {
    long ownInode = tcpInode(procfs.resolve("self"));
    Map<Long, List<Integer>> found = new HashMap<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(procfs, "[0-9]*")) {
      for (Path process : processes) {
        long inode = tcpInode(process);
        if (inode != 0 && inode != ownInode) {
          List<Integer> pids = found.computeIfAbsent(inode, missing -> new ArrayList<>());
          if (pids.size() < PROCESSES) {
            pids.add(Integer.parseInt(process.getFileName().toString()));
          }
        }
      }
    } catch (IOException | DirectoryIteratorException | NumberFormatException e) {
      // What was found is what there is.
    }
    Map<Long, Namespace> next = new HashMap<>();
    found.forEach((inode, pids) -> next.put(inode, new Namespace(keyOf(inode, pids), inode, pids)));
    namespaces = next;
    waiting.addAll(namespaces.values());
  }

  /** A number may have been given out again: it is the same namespace if a process still is. */
  private long keyOf(long tcpInode, List<Integer> pids) {
    @Nullable Namespace before = namespaces.get(tcpInode);
    return before != null && before.pids.stream().anyMatch(pids::contains) ? before.key : --lastKey;
  }

  /** 0 if there is none: the process has ended, or may not be looked into. */
  private static long tcpInode(Path process) {
    try {
      return (long) Files.getAttribute(process.resolve("net/tcp"), "unix:ino");
    } catch (IOException e) {
      return 0;
    }
  }

  private void takeTurn(Namespace namespace, Consumer<NamespaceScanner.Scanned> reader) {
    for (int pid : namespace.pids) {
      Path process = procfs.resolve(Integer.toString(pid));
      if (tcpInode(process) == namespace.tcpInode && read(namespace, pid, process, reader)) {
        return;
      }
    }
    namespaces.remove(namespace.tcpInode);
  }

  private boolean read(
      Namespace namespace, int pid, Path process, Consumer<NamespaceScanner.Scanned> reader) {
    Sockstat sockstat = new Sockstat(process);
    OptionalLong inuse = sockstat.inuse();
    ByteBuffer bytes = inuse.equals(OptionalLong.of(0)) ? empty() : scan(process);
    if (bytes == null) {
      return false;
    }
    reader.accept(
        new NamespaceScanner.Scanned(
            namespace.key,
            netnsInode(process),
            pid,
            uid(process),
            new SnapshotReader(bytes).read(0, SOURCE, Instant.now(), inuse).build(),
            new ListenerTable(bytes, SOURCE),
            Map.of(),
            sockstat));
    return true;
  }

  /** Where sockstat counts nothing there is nothing: request sockets have a listener. */
  private static ByteBuffer empty() {
    return ByteBuffer.allocate(SnapshotLayout.NAMESPACE_SIZE)
        .order(ByteOrder.nativeOrder())
        .putInt(
            SnapshotLayout.NAMESPACE_KNOWN,
            SnapshotLayout.KNOWN_TIMERS | SnapshotLayout.KNOWN_ORPHANS);
  }

  /** Null if the process has ended meanwhile, or its files can't be read. */
  private @Nullable ByteBuffer scan(Path process) {
    do {
      int status =
          api.synoptic_scan(
              Source.PROC.number(),
              process.toString(),
              Math.toIntExact(own.timeout().toMillis()),
              buffer.bytes(),
              buffer.bytes().capacity(),
              0);
      if (status < 0) {
        return null;
      }
    } while (buffer.grow());
    return buffer.bytes();
  }

  /**
   * The user of a process, the real one: it makes a namespace its own. -1 if it has ended. Of a
   * user who has a range of them, each counts by himself: to whom a namespace belongs is not for us
   * to know.
   */
  private static int uid(Path process) {
    try {
      return KernelFile.text(process.resolve("status"))
          .lines()
          .filter(line -> line.startsWith("Uid:"))
          .map(line -> Integer.parseUnsignedInt(line.split("\\s+", 3)[1]))
          .findFirst()
          .orElse(-1);
    } catch (IOException e) {
      return -1;
    }
  }

  /** 0 if it is not for us to know. */
  private static long netnsInode(Path process) {
    try {
      return (long) Files.getAttribute(process.resolve("ns/net"), "unix:ino");
    } catch (IOException e) {
      return 0;
    }
  }
}
