package io.synoptic.internal.listeners;

import io.synoptic.ListenerGroup;
import io.synoptic.Owner;
import io.synoptic.StateCounts;
import io.synoptic.internal.ffi.ListenerTable;
import io.synoptic.internal.ffi.SnapshotLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What is counted under one address and port label: sums of the last scan, and what has memory. */
final class GroupTotals {
  private static final long PEAK_WINDOW = TimeUnit.SECONDS.toNanos(60);

  private record Peak(long nanos, double utilization) {}

  private final String address;
  private final String port;

  private long drops;
  private long fullNanos;
  private double utilizationNanos;

  /** Falling from the first to the last: whatever is lower than a later one can't be the peak. */
  private final Deque<Peak> peaks = new ArrayDeque<>(1);

  /** The scan that the sums below are of. */
  private int lastScan;

  private long sockets;
  private long acceptQueueLength;
  private long acceptQueueLimit;
  private double utilization;
  private boolean knowsLimit;
  private boolean knowsDrops;
  private long @Nullable [] connections;

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
      connections = table.hasConnections() ? new long[SnapshotLayout.STATES] : null;
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
    }
    knowsDrops |= table.knowsDrops(row);
    for (int state = 0; connections != null && state < connections.length; state++) {
      connections[state] += table.connections(row, state);
    }
  }

  void addDrops(long more) {
    drops += more;
  }

  /** Takes what the sampler sees at {@code now} to have held for the {@code credit} before. */
  void watched(long now, long credit) {
    forgetOldPeaks(now);
    if (utilization == 0) {
      return;
    }
    utilizationNanos += utilization * credit;
    if (utilization >= 1) {
      fullNanos += credit;
    }
    while (!peaks.isEmpty() && peaks.getLast().utilization <= utilization) {
      peaks.removeLast();
    }
    peaks.addLast(new Peak(now, utilization));
  }

  /** The highest utilization that the sampler saw in the last minute. */
  private double peak(long now) {
    forgetOldPeaks(now);
    return peaks.isEmpty() ? 0 : peaks.getFirst().utilization;
  }

  private void forgetOldPeaks(long now) {
    while (!peaks.isEmpty() && now - peaks.getFirst().nanos > PEAK_WINDOW) {
      peaks.removeFirst();
    }
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
  ListenerGroup group(boolean sampled, long now) {
    boolean shared = !GroupLimiter.isNumber(port);
    boolean watched = knowsLimit && sampled;
    return new ListenerGroup(
        address,
        port,
        sockets,
        acceptQueueLength,
        knowsLimit ? OptionalLong.of(acceptQueueLimit) : OptionalLong.empty(),
        when(knowsLimit, utilization),
        when(watched, Math.max(peak(now), utilization)),
        when(watched, fullNanos / 1e9),
        when(watched, utilizationNanos / 1e9),
        knowsDrops ? OptionalLong.of(drops) : OptionalLong.empty(),
        Optional.ofNullable(connections).map(StateCounts::ofNumbered),
        shared ? 0 : cgroup,
        shared ? 0 : inode,
        Owner.NONE,
        "");
  }

  private static OptionalDouble when(boolean known, double value) {
    return known ? OptionalDouble.of(value) : OptionalDouble.empty();
  }
}
