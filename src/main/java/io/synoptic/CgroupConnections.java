package io.synoptic;

import static io.synoptic.SnapshotLayout.OWNER_CGROUP;
import static io.synoptic.SnapshotLayout.OWNER_INBOUND;
import static io.synoptic.SnapshotLayout.OWNER_OTHER;
import static io.synoptic.SnapshotLayout.OWNER_OUTBOUND;
import static io.synoptic.SnapshotLayout.OWNER_UNKNOWN;
import static io.synoptic.SnapshotLayout.STATES;

import java.nio.ByteBuffer;
import java.util.OptionalLong;
import java.util.stream.LongStream;

/**
 * The connections of one cgroup as one scan saw them. Immutable.
 *
 * <p>A connection belongs to the cgroup in which its socket was opened; an accepted one to that of
 * its listener. Two owners are no cgroup: {@link #isUnknown()} and {@link #isOther()}.
 */
public final class CgroupConnections {
  private final long cgroup;
  private final long[] inbound = new long[STATES];
  private final long[] outbound = new long[STATES];

  /** Reads the row of {@code struct synoptic_owner} at {@code row}. */
  CgroupConnections(ByteBuffer buffer, int row) {
    cgroup = buffer.getLong(row + OWNER_CGROUP);
    for (int i = 0; i < STATES; i++) {
      inbound[i] = Integer.toUnsignedLong(buffer.getInt(row + OWNER_INBOUND + Integer.BYTES * i));
      outbound[i] = Integer.toUnsignedLong(buffer.getInt(row + OWNER_OUTBOUND + Integer.BYTES * i));
    }
  }

  /**
   * The inode number of the cgroup's directory in the cgroup2 hierarchy, which may be gone. Empty
   * if this owner is no cgroup.
   */
  public OptionalLong cgroup() {
    return isUnknown() || isOther() ? OptionalLong.empty() : OptionalLong.of(cgroup);
  }

  /**
   * Whether these are the connections of which nobody tells the cgroup: those in {@code syn_recv}
   * and {@code time_wait}; from {@link Source#PROC}, and before Linux 5.8, all of them.
   */
  public boolean isUnknown() {
    return cgroup == OWNER_UNKNOWN;
  }

  /** Whether these are the connections of all cgroups that a snapshot had no room for. */
  public boolean isOther() {
    return cgroup == OWNER_OTHER;
  }

  /** Sockets in one direction and state. */
  public long connections(Direction direction, TcpState state) {
    return of(direction)[state.number()];
  }

  /** Sockets in one direction. */
  long total(Direction direction) {
    return LongStream.of(of(direction)).sum();
  }

  private long[] of(Direction direction) {
    return direction == Direction.INBOUND ? inbound : outbound;
  }
}
