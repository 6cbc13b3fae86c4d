package io.synoptic.internal.ffi;

import static io.synoptic.internal.ffi.HandshakeLayout.COUNTS_DURATIONS;
import static io.synoptic.internal.ffi.HandshakeLayout.COUNTS_OPENED;
import static io.synoptic.internal.ffi.HandshakeLayout.COUNTS_SINCE;

import io.synoptic.HandshakeCounts;
import java.nio.ByteBuffer;
import java.util.OptionalDouble;

/**
 * What the kernel has counted of handshakes, as the last reading left it in its buffer. Valid until
 * the next reading into that buffer.
 */
public final class HandshakeTable {
  /**
   * What a row is of.
   *
   * @param first of the address, or the cgroup
   * @param second of the address
   * @param rest port, family and direction
   */
  public record Key(long netnsCookie, long first, long second, long rest) {}

  private final ByteBuffer buffer;
  private final Table keys;
  private final Table counts;

  public HandshakeTable(ByteBuffer buffer) {
    this.buffer = buffer;
    keys = Table.at(buffer, HandshakeLayout.HEADER_KEYS, HandshakeLayout.KEY_SIZE);
    counts = Table.at(buffer, HandshakeLayout.HEADER_COUNTS, HandshakeLayout.COUNTS_SIZE);
  }

  /** Rows; the methods below take numbers from 0. */
  public int count() {
    return keys.count();
  }

  /** Changes of a socket's state that the program has not counted; empty if unknown. */
  public OptionalDouble missedEvents() {
    long missed = buffer.getLong(HandshakeLayout.HEADER_MISSED_EVENTS);
    return missed == -1 ? OptionalDouble.empty() : OptionalDouble.of(missed);
  }

  public Key key(int row) {
    int at = keys.at(row);
    return new Key(
        netnsCookie(row),
        buffer.getLong(at + HandshakeLayout.KEY_ADDRESS),
        buffer.getLong(at + HandshakeLayout.KEY_ADDRESS + Long.BYTES),
        buffer.getLong(at + HandshakeLayout.KEY_PORT));
  }

  /** {@link NamespaceTable#cookie}. */
  public long netnsCookie(int row) {
    return buffer.getLong(keys.at(row) + HandshakeLayout.KEY_NETNS_COOKIE);
  }

  /** Whether it is of all that has no row, of any namespace. */
  public boolean isOther(int row) {
    return netnsCookie(row) == 0;
  }

  /** Whether it is of a cgroup's connections, not of a listener's. */
  public boolean isOutbound(int row) {
    return buffer.get(keys.at(row) + HandshakeLayout.KEY_DIRECTION) == HandshakeLayout.OUTBOUND;
  }

  /** Where the listeners listen that it is of. */
  public ListenerAddress address(int row) {
    int at = keys.at(row);
    return new ListenerAddress(
        Structures.family(buffer, at + HandshakeLayout.KEY_FAMILY),
        buffer.getLong(at + HandshakeLayout.KEY_ADDRESS),
        buffer.getLong(at + HandshakeLayout.KEY_ADDRESS + Long.BYTES),
        Short.toUnsignedInt(buffer.getShort(at + HandshakeLayout.KEY_PORT)));
  }

  /** {@link SnapshotLayout#OWNER_UNKNOWN} where the kernel has none. */
  public long cgroup(int row) {
    return buffer.getLong(keys.at(row) + HandshakeLayout.KEY_CGROUP);
  }

  /** When it was made: from then on it counts from zero. */
  public long since(int row) {
    return buffer.getLong(counts.at(row) + COUNTS_SINCE);
  }

  /**
   * What has been added to it.
   *
   * @param before its numbers as they were, by {@link HandshakeCounts#ofNumbered}; as they are now
   *     afterwards
   */
  public HandshakeCounts added(int row, long[] before) {
    boolean any = false;
    for (int number = 0; number < before.length; number++) {
      any |= before[number] != number(row, number);
    }
    if (!any) {
      return HandshakeCounts.ZERO;
    }
    long[] added = new long[before.length];
    for (int number = 0; number < before.length; number++) {
      long now = number(row, number);
      long more = now - before[number];
      added[number] = number < HandshakeCounts.CELLS ? more : Integer.toUnsignedLong((int) more);
      before[number] = now;
    }
    return HandshakeCounts.ofNumbered(added);
  }

  private long number(int row, int number) {
    int at = counts.at(row);
    return number < HandshakeCounts.CELLS
        ? buffer.getLong(at + COUNTS_OPENED + Long.BYTES * number)
        : Integer.toUnsignedLong(
            buffer.getInt(
                at + COUNTS_DURATIONS + Integer.BYTES * (number - HandshakeCounts.CELLS)));
  }

  /** Whether nothing has been counted in it yet. */
  public boolean isZero(int row) {
    for (int number = 0; number < HandshakeCounts.SIZE; number++) {
      if (number(row, number) != 0) {
        return false;
      }
    }
    return true;
  }
}
