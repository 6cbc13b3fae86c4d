package io.synoptic.internal.ffi;

import io.synoptic.KernelCounter;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;

/** The network namespaces that a scan of a node left in its buffer. */
public final class NamespaceTable {
  private final Table rows;

  public NamespaceTable(ByteBuffer buffer) {
    rows = Table.of(buffer, SnapshotLayout.NAMESPACES);
  }

  public int count() {
    return rows.count();
  }

  public long unlistedNamespaces() {
    return Integer.toUnsignedLong(rows.buffer().getInt(SnapshotLayout.HEADER_UNLISTED_NAMESPACES));
  }

  /** Names it as long as the host runs: {@code net_cookie}. */
  public long cookie(int row) {
    return rows.buffer().getLong(rows.at(row) + SnapshotLayout.NAMESPACE_COOKIE);
  }

  /** Names it while it lives: {@code ns.inum}. */
  public long inode(int row) {
    return rows.buffer().getLong(rows.at(row) + SnapshotLayout.NAMESPACE_NETNS);
  }

  /** The process that has been in it longest; 0 if no process is in it. */
  public int pid(int row) {
    return rows.buffer().getInt(rows.at(row) + SnapshotLayout.NAMESPACE_PID);
  }

  /** The uid of the user it belongs to. */
  public int owner(int row) {
    return rows.buffer().getInt(rows.at(row) + SnapshotLayout.NAMESPACE_OWNER_UID);
  }

  /** Its sysctls. */
  public Map<KernelCounter, Double> limits(int row) {
    Map<KernelCounter, Double> limits = new EnumMap<>(KernelCounter.class);
    limits.put(
        KernelCounter.TIME_WAIT_BUCKETS_LIMIT,
        number(row, SnapshotLayout.NAMESPACE_TIME_WAIT_BUCKETS_LIMIT));
    limits.put(
        KernelCounter.SYNCOOKIES_MODE, number(row, SnapshotLayout.NAMESPACE_SYNCOOKIES_MODE));
    limits.put(
        KernelCounter.TIME_WAIT_REUSE_MODE,
        number(row, SnapshotLayout.NAMESPACE_TIME_WAIT_REUSE_MODE));
    limits.put(KernelCounter.SOMAXCONN, number(row, SnapshotLayout.NAMESPACE_SOMAXCONN));
    limits.put(
        KernelCounter.MAX_SYN_BACKLOG, number(row, SnapshotLayout.NAMESPACE_MAX_SYN_BACKLOG));
    limits.put(
        KernelCounter.EPHEMERAL_PORTS, number(row, SnapshotLayout.NAMESPACE_EPHEMERAL_PORTS_LIMIT));
    return limits;
  }

  private double number(int row, int field) {
    return rows.unsignedInt(row, field);
  }
}
