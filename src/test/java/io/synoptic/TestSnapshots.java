package io.synoptic;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** Snapshots with figures that a test knows, laid out as libsynoptic lays them out. */
final class TestSnapshots {
  static final Instant TAKEN_AT = Instant.parse("2026-01-02T03:04:05Z");

  private TestSnapshots() {}

  /** The report after a good scan of the own namespace. */
  static ScanReport report(ScanReport latest, SocketCounts counts) {
    return latest.succeeded(
        counts.source(),
        List.of(counts),
        Map.of(NetworkNamespace.OWN, counts),
        Map.of(),
        OptionalLong.empty(),
        1);
  }

  /**
   * IPv4 has 100 + number sockets in each state but close, IPv6 200 + number; 3 request sockets'
   * worth are left out of the kernel's own count, which is one more than what was scanned.
   */
  static SocketCounts snapshot() {
    return snapshot(SnapshotLayout.OWNER_UNKNOWN);
  }

  /** The same, all of it owned by one cgroup. */
  static SocketCounts snapshot(long cgroup) {
    ByteBuffer buffer = ByteBuffer.allocate(1024).order(ByteOrder.nativeOrder());
    int row = SnapshotLayout.HEADER_TABLE + SnapshotLayout.TABLES * SnapshotLayout.TABLE_SIZE;
    long total = 0;
    for (IpFamily family : IpFamily.ALL) {
      for (TcpState state : TcpState.ALL) {
        long count = state == TcpState.CLOSE ? 0 : 100L * (1 + family.number()) + state.number();
        int index = family.number() * SnapshotLayout.STATES + state.number();
        buffer.putLong(row + SnapshotLayout.NAMESPACE_SOCKETS + Long.BYTES * index, count);
        total += count;
      }
    }
    buffer.putInt(SnapshotLayout.HEADER_SOURCE, Source.SOCK_DIAG.number());
    buffer.putLong(SnapshotLayout.HEADER_SCANNED_SOCKETS, total);
    buffer.putLong(SnapshotLayout.HEADER_DUPLICATE_SOCKETS, 2);
    for (Rejection reason : Rejection.ALL) {
      buffer.putLong(
          SnapshotLayout.HEADER_REJECTED_MESSAGES + Long.BYTES * reason.number(),
          10 + reason.number());
    }
    buffer.putInt(SnapshotLayout.HEADER_TABLE + SnapshotLayout.TABLE_OFFSET, row);
    buffer.putInt(SnapshotLayout.HEADER_TABLE + SnapshotLayout.TABLE_COUNT, 1);
    int owners = SnapshotLayout.HEADER_TABLE + SnapshotLayout.TABLE_SIZE * SnapshotLayout.OWNERS;
    int owner = row + SnapshotLayout.NAMESPACE_SIZE;
    buffer.putInt(owners + SnapshotLayout.TABLE_OFFSET, owner);
    buffer.putInt(owners + SnapshotLayout.TABLE_COUNT, 1);
    buffer.putLong(owner + SnapshotLayout.OWNER_CGROUP, cgroup);
    buffer.putLong(row + SnapshotLayout.NAMESPACE_RECEIVE_QUEUE_BYTES, 4096);
    buffer.putLong(row + SnapshotLayout.NAMESPACE_SEND_QUEUE_BYTES, 8192);
    long requests = 103 + 203;
    return new SocketCounts(
        buffer,
        SourceUsed.read(buffer, Source.AUTO),
        TAKEN_AT,
        OptionalLong.of(total - requests + 1));
  }
}
