package io.synoptic;

import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * What is remembered of the listeners of one namespace from scan to scan. Fed by scans of all
 * sockets and by the fast lane, which may overtake them: only what is newer than the last reading
 * changes the memory. For one thread at a time: see {@link ListenerLedgers}. Times are of {@link
 * System#nanoTime()}.
 */
final class ListenerLedger {
  /** The longest time between two polls that is taken to have been as the second one says. */
  static final long LONGEST_GAP = TimeUnit.SECONDS.toNanos(1);

  /** Twice what a table holds: where tables are always cut off, sockets are forgotten from here. */
  private static final int MOST_SOCKETS = 131072;

  /** What is known of one socket. */
  private static final class Known {
    private final long since;
    private ListenerAccount account;
    private int drops;
    private int scan;

    Known(long since, ListenerAccount account, int drops) {
      this.since = since;
      this.account = account;
      this.drops = drops;
    }
  }

  /** The sockets as one source names them: by cookie, or by inode. */
  private static final class Memory {
    private final LongMap<Known> sockets = new LongMap<>();

    /** Whether a socket that is not in it is new, and has dropped all it has since. */
    private boolean complete;
  }

  private final ListenerPlaces places;
  private final boolean watched;
  private final Map<Source, Memory> memories = new EnumMap<>(Source.class);

  /** Counts scans and polls; the first is 1. */
  private int scan;

  private long lastReading;
  private boolean polled;
  private long lastPoll;
  private long observedNanos;

  /**
   * An empty ledger.
   *
   * @param watched whether there is a fast lane
   */
  ListenerLedger(ListenerPlaces places, boolean watched) {
    this.places = places;
    this.watched = watched;
  }

  /** Says which ports the kernel gives out by itself, from now on. */
  void ephemeralPorts(PortRange ports) {
    places.ephemeralPorts(ports);
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
    seen().forEach(account -> account.watched(reading, credit));
  }

  /** The accounts with a row in the last table. */
  private Stream<ListenerAccount> seen() {
    return Stream.concat(places.open().stream(), Stream.of(places.other()))
        .filter(account -> account.isOf(scan));
  }

  /** What the last scan or poll has shown. */
  ListenerFigures figures(long now) {
    ListenerAccount other = places.other();
    return new ListenerFigures(
        seen().map(account -> account.group(watched, now)).toList(),
        other.isOf(scan) ? other.sockets() : 0,
        watched ? OptionalDouble.of(observedNanos / 1e9) : OptionalDouble.empty());
  }

  /** Frees the places it has taken: the namespace has gone. */
  void leave() {
    places.leave();
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
      Known known = memory.sockets.get(table.cookie(row));
      if (newest) {
        known = update(memory, known, table, row, reading);
      }
      ListenerAccount account = known != null ? known.account : places.find(table.address(row));
      if (account != null) {
        account.add(table, row, scan);
      }
    }
    if (newest) {
      lastReading = reading;
      memory.complete = table.isComplete();
      if (memory.complete || memory.sockets.size() > MOST_SOCKETS) {
        memory.sockets.removeIf(known -> known.scan != scan);
      }
      if (memory.complete) {
        places.closeAllBut(scan, reading);
      }
    }
    return newest;
  }

  private Known update(Memory memory, Known before, ListenerTable table, int row, long now) {
    Known known = before;
    int drops = table.drops(row);
    if (known == null) {
      ListenerAccount account = places.place(table.address(row), now, now);
      known = new Known(now, account, memory.complete ? 0 : drops);
      memory.sockets.put(table.cookie(row), known);
    } else if (places.mayMove(known.account, known.since, now)) {
      known.account = places.place(table.address(row), known.since, now);
    }
    known.account.addDrops(Integer.toUnsignedLong(drops - known.drops));
    known.drops = drops;
    known.scan = scan;
    return known;
  }
}
