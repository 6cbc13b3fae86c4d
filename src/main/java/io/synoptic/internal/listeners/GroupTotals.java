package io.synoptic.internal.listeners;

import io.synoptic.CloseWaitAges;
import io.synoptic.HandshakeCounts;
import io.synoptic.HandshakeFigures;
import io.synoptic.ListenerGroup;
import io.synoptic.Owner;
import io.synoptic.StateCounts;
import io.synoptic.TimerCounts;
import io.synoptic.internal.ffi.ListenerTable;
import io.synoptic.internal.ffi.SnapshotLayout;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** What is counted under one address and port label: sums of the last scan, and what has memory. */
final class GroupTotals {
  private final String address;
  private final String port;

  private long drops;
  private long fullNanos;
  private double utilizationNanos;
  private double lengthNanos;

  /** The reading of the sampler's rows that the peak is of. */
  private int lastReading;

  private double peak;
  private int row;
  private HandshakeCounts handshakes = HandshakeCounts.ZERO;

  /** The scan that the sums below are of. */
  private int lastScan;

  private long sockets;
  private long acceptQueueLength;
  private long acceptQueueLimit;
  private double utilization;
  private boolean knowsLimit;
  private boolean knowsDrops;
  private boolean knowsSynQueue;
  private double synQueueUtilization;
  private long fastOpenQueueLength;
  private long @Nullable [] connections;
  private @Nullable TimerCounts timers;
  private @Nullable CloseWaitAges closeWait;

  /** Of the socket with the lowest cookie: the one that was there first. */
  private long firstCookie;

  private long cgroup;
  private long inode;

  GroupTotals(String address, String port) {
    this.address = address;
    this.port = port;
  }

  /** Adds a row to the sums of {@code scan}, whose first row ends those of the scan before. */
  void add(ListenerTable table, int row, int scan) {
    if (lastScan != scan) {
      lastScan = scan;
      sockets = 0;
      acceptQueueLength = 0;
      acceptQueueLimit = 0;
      utilization = 0;
      knowsLimit = false;
      knowsDrops = false;
      knowsSynQueue = false;
      synQueueUtilization = 0;
      fastOpenQueueLength = 0;
      connections = table.hasConnections() ? new long[SnapshotLayout.STATES] : null;
      timers = table.knowsTimers() ? TimerCounts.ZERO : null;
      closeWait = table.knowsAges() ? CloseWaitAges.NONE : null;
    }
    long length = table.acceptQueueLength(row);
    if (sockets == 0 || Long.compareUnsigned(table.cookie(row), firstCookie) < 0) {
      firstCookie = table.cookie(row);
      cgroup = table.cgroup(row);
      inode = table.inode(row);
    }
    sockets++;
    acceptQueueLength += length;
    if (table.knowsLimit(row)) {
      long limit = table.acceptQueueLimit(row);
      knowsLimit = true;
      acceptQueueLimit += limit;
      utilization = Math.max(utilization, length / (limit + 1.0));
      if (table.knowsSynQueue(row)) {
        knowsSynQueue = true;
        synQueueUtilization =
            Math.max(synQueueUtilization, table.synQueueLength(row) / (limit + 1.0));
        fastOpenQueueLength += table.fastOpenQueueLength(row);
      }
    }
    knowsDrops |= table.knowsDrops(row);
    for (int state = 0; connections != null && state < connections.length; state++) {
      connections[state] += table.connections(row, state);
    }
    if (timers != null) {
      timers = timers.plus(table.timers(row));
    }
    if (closeWait != null) {
      closeWait = closeWait.plus(table.closeWait(row));
    }
  }

  void addDrops(long more) {
    drops += more;
  }

  /** Adds to the integral of the accept queues' length. */
  void addLength(double nanos) {
    lengthNanos += nanos;
  }

  /** Adds time at full, and to the integral of the utilization. */
  void addTime(long atFull, double utilizationTime) {
    fullNanos += atFull;
    utilizationNanos += utilizationTime;
  }

  /** Adds the peak of one of its listeners; the first of a reading ends the one before. */
  void addPeak(double utilization, int reading) {
    if (lastReading != reading) {
      lastReading = reading;
      peak = 0;
    }
    peak = Math.max(peak, utilization);
  }

  void addHandshakes(HandshakeCounts more) {
    handshakes = handshakes.plus(more);
  }

  HandshakeFigures.OfGroup handshakes() {
    return new HandshakeFigures.OfGroup(address, port, handshakes);
  }

  /** The sampler's row in which all rows of this group count. */
  int row() {
    return row;
  }

  void row(int newRow) {
    row = newRow;
  }

  boolean isOf(int scan) {
    return lastScan == scan;
  }

  String port() {
    return port;
  }

  long sockets() {
    return sockets;
  }

  /**
   * The group as it is now.
   *
   * @param sampled whether a sampler feeds peak and seconds
   */
  ListenerGroup group(boolean sampled) {
    boolean shared = !GroupLimiter.isNumber(port);
    boolean watched = knowsLimit && sampled;
    return new ListenerGroup(
        address,
        port,
        sockets,
        acceptQueueLength,
        knowsLimit ? OptionalLong.of(acceptQueueLimit) : OptionalLong.empty(),
        when(knowsLimit, utilization),
        when(watched, Math.max(peak, utilization)),
        when(watched, fullNanos / 1e9),
        when(watched, utilizationNanos / 1e9),
        when(watched, lengthNanos / 1e9),
        when(knowsSynQueue, synQueueUtilization),
        knowsSynQueue ? OptionalLong.of(fastOpenQueueLength) : OptionalLong.empty(),
        knowsDrops ? OptionalLong.of(drops) : OptionalLong.empty(),
        Optional.ofNullable(connections).map(StateCounts::ofNumbered),
        Optional.ofNullable(timers),
        Optional.ofNullable(closeWait),
        shared ? 0 : cgroup,
        shared ? 0 : inode,
        Owner.NONE,
        "");
  }

  private static OptionalDouble when(boolean known, double value) {
    return known ? OptionalDouble.of(value) : OptionalDouble.empty();
  }
}
