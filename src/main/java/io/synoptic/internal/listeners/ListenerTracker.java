package io.synoptic.internal.listeners;

import io.synoptic.ListenerFigures;
import io.synoptic.Source;
import io.synoptic.internal.ffi.ListenerTable;
import io.synoptic.internal.procfs.PortRange;
import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * What is remembered of the listeners of one namespace from scan to scan. Fed by scans of all
 * sockets and by the sampler, which may overtake them: only what is newer than the last reading
 * changes the memory. For one thread at a time: see {@link ListenerTrackers}. Times are of {@link
 * System#nanoTime()}.
 */
final class ListenerTracker {
  /** The longest time between two polls that is taken to have been as the second one says. */
  static final long LONGEST_GAP = TimeUnit.SECONDS.toNanos(1);

  /** Twice what a table holds: where tables are always cut off, sockets are forgotten from here. */
  private static final int MOST_SOCKETS = 131072;

  /** What is socket of one socket. */
  private static final class TrackedSocket {
    private final long since;
    private GroupTotals totals;
    private int drops;
    private int scan;

    TrackedSocket(long since, GroupTotals totals, int drops) {
      this.since = since;
      this.totals = totals;
      this.drops = drops;
    }
  }

  /** The sockets as one source names them: by cookie, or by inode. */
  private static final class Memory {
    private final LongMap<TrackedSocket> sockets = new LongMap<>();

    /** Whether a socket that is not in it is new, and has dropped all it has since. */
    private boolean complete;
  }

  private final GroupLimiter limiter;
  private final boolean watched;
  private final Map<Source, Memory> memories = new EnumMap<>(Source.class);

  /** Counts scans and polls; the first is 1. */
  private int scan;

  private long lastReading;
  private boolean polled;
  private long lastPoll;
  private long observedNanos;

  /**
   * An empty tracker.
   *
   * @param watched whether there is a sampler
   */
  ListenerTracker(GroupLimiter limiter, boolean watched) {
    this.limiter = limiter;
    this.watched = watched;
  }

  /** Says which ports the kernel gives out by itself, from now on. */
  void ephemeralPorts(PortRange ports) {
    limiter.ephemeralPorts(ports);
  }

  /** Takes in a scan of all sockets that began at {@code reading}; returns what it shows. */
  ListenerFigures scanned(ListenerTable table, long reading) {
    fold(table, reading);
    return figures(reading);
  }

  /** Takes in a scan of the listeners alone that began at {@code reading}. */
  void polled(ListenerTable table, long reading) {
    if (!fold(table, reading)) {
      return;
    }
    boolean tellsLimits = table.source() != Source.PROC;
    long gap = reading - lastPoll;
    long credit = tellsLimits && polled && gap <= LONGEST_GAP ? gap : 0;
    polled = tellsLimits;
    lastPoll = reading;
    observedNanos += credit;
    seen().forEach(totals -> totals.watched(reading, credit));
  }

  /** The accounts with a row in the last table. */
  private Stream<GroupTotals> seen() {
    return Stream.concat(limiter.open().stream(), Stream.of(limiter.other()))
        .filter(totals -> totals.isOf(scan));
  }

  /** What the last scan or poll has shown. */
  ListenerFigures figures(long now) {
    GroupTotals other = limiter.other();
    return new ListenerFigures(
        seen().map(totals -> totals.group(watched, now)).toList(),
        other.isOf(scan) ? other.sockets() : 0,
        watched ? OptionalDouble.of(observedNanos / 1e9) : OptionalDouble.empty());
  }

  /** Frees the limiter it has taken: the namespace has gone. */
  void leave() {
    limiter.leave();
  }

  /** Sockets that are remembered, of all sources. */
  int remembered() {
    return memories.values().stream().mapToInt(memory -> memory.sockets.size()).sum();
  }

  /** Sums up a table. Returns whether it is the newest; only then it is remembered. */
  private boolean fold(ListenerTable table, long reading) {
    boolean newest = scan == 0 || reading - lastReading >= 0;
    Memory memory = memories.computeIfAbsent(table.source(), source -> new Memory());
    scan++;
    for (int row = 0; row < table.count(); row++) {
      TrackedSocket socket = memory.sockets.get(table.cookie(row));
      if (newest) {
        socket = update(memory, socket, table, row, reading);
      }
      GroupTotals totals = socket != null ? socket.totals : limiter.find(table.address(row));
      if (totals != null) {
        totals.add(table, row, scan);
      }
    }
    if (newest) {
      lastReading = reading;
      memory.complete = table.isComplete();
      if (memory.complete || memory.sockets.size() > MOST_SOCKETS) {
        memory.sockets.removeIf(socket -> socket.scan != scan);
      }
      if (memory.complete) {
        limiter.closeAllBut(scan, reading);
      }
    }
    return newest;
  }

  private TrackedSocket update(
      Memory memory, TrackedSocket before, ListenerTable table, int row, long now) {
    TrackedSocket socket = before;
    int drops = table.drops(row);
    if (socket == null) {
      GroupTotals totals = limiter.totals(table.address(row), now, now);
      socket = new TrackedSocket(now, totals, memory.complete ? 0 : drops);
      memory.sockets.put(table.cookie(row), socket);
    } else if (limiter.mayMove(socket.totals, socket.since, now)) {
      socket.totals = limiter.totals(table.address(row), socket.since, now);
    }
    socket.totals.addDrops(Integer.toUnsignedLong(drops - socket.drops));
    socket.drops = drops;
    socket.scan = scan;
    return socket;
  }
}
