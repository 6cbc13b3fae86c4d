package io.synoptic;

import static io.synoptic.SnapshotLayout.HEADER_TABLE;
import static io.synoptic.SnapshotLayout.HEADER_UNLISTED_NAMESPACES;
import static io.synoptic.SnapshotLayout.NAMESPACES;
import static io.synoptic.SnapshotLayout.NAMESPACE_COOKIE;
import static io.synoptic.SnapshotLayout.NAMESPACE_EPHEMERAL_PORTS_LIMIT;
import static io.synoptic.SnapshotLayout.NAMESPACE_MAX_SYN_BACKLOG;
import static io.synoptic.SnapshotLayout.NAMESPACE_NETNS;
import static io.synoptic.SnapshotLayout.NAMESPACE_OWNER_UID;
import static io.synoptic.SnapshotLayout.NAMESPACE_PID;
import static io.synoptic.SnapshotLayout.NAMESPACE_SOMAXCONN;
import static io.synoptic.SnapshotLayout.NAMESPACE_SYNCOOKIES_MODE;
import static io.synoptic.SnapshotLayout.NAMESPACE_TIME_WAIT_BUCKETS_LIMIT;
import static io.synoptic.SnapshotLayout.TABLE_COUNT;
import static io.synoptic.SnapshotLayout.TABLE_OFFSET;
import static io.synoptic.SnapshotLayout.TABLE_SIZE;
import static io.synoptic.SnapshotLayout.TABLE_STRIDE;

import java.nio.ByteBuffer;
import java.util.Map;

/** The network namespaces that a scan of a node left in its buffer. */
final class NodeTables {
  private final ByteBuffer buffer;
  private final int offset;
  private final int stride;
  private final int count;

  NodeTables(ByteBuffer buffer) {
    this.buffer = buffer;
    int table = HEADER_TABLE + TABLE_SIZE * NAMESPACES;
    offset = buffer.getInt(table + TABLE_OFFSET);
    stride = buffer.getInt(table + TABLE_STRIDE);
    count = buffer.getInt(table + TABLE_COUNT);
  }

  int count() {
    return count;
  }

  long unlistedNamespaces() {
    return Integer.toUnsignedLong(buffer.getInt(HEADER_UNLISTED_NAMESPACES));
  }

  /** Names it as long as the host runs. */
  long cookie(int row) {
    return buffer.getLong(offset + stride * row + NAMESPACE_COOKIE);
  }

  /** Names it while it lives. */
  long inode(int row) {
    return buffer.getLong(offset + stride * row + NAMESPACE_NETNS);
  }

  /** The process that has been in it longest; 0 if there is none. */
  int pid(int row) {
    return buffer.getInt(offset + stride * row + NAMESPACE_PID);
  }

  /** The uid of the user it belongs to. */
  int owner(int row) {
    return buffer.getInt(offset + stride * row + NAMESPACE_OWNER_UID);
  }

  /** Its limits, by the names of {@link NamespaceCounters}. */
  Map<String, Double> limits(int row) {
    return Map.of(
        "net.ipv4.tcp_max_tw_buckets", number(row, NAMESPACE_TIME_WAIT_BUCKETS_LIMIT),
        "net.ipv4.tcp_syncookies", number(row, NAMESPACE_SYNCOOKIES_MODE),
        "net.core.somaxconn", number(row, NAMESPACE_SOMAXCONN),
        "net.ipv4.tcp_max_syn_backlog", number(row, NAMESPACE_MAX_SYN_BACKLOG),
        "net.ipv4.ip_local_port_range", number(row, NAMESPACE_EPHEMERAL_PORTS_LIMIT));
  }

  private double number(int row, int field) {
    return Integer.toUnsignedLong(buffer.getInt(offset + stride * row + field));
  }
}
