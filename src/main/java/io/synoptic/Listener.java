package io.synoptic;

import static io.synoptic.SnapshotLayout.KNOWN_DROPS;
import static io.synoptic.SnapshotLayout.KNOWN_LIMIT;
import static io.synoptic.SnapshotLayout.LISTENER_ACCEPT_QUEUE_LENGTH;
import static io.synoptic.SnapshotLayout.LISTENER_ACCEPT_QUEUE_LIMIT;
import static io.synoptic.SnapshotLayout.LISTENER_ADDRESS;
import static io.synoptic.SnapshotLayout.LISTENER_CONNECTIONS;
import static io.synoptic.SnapshotLayout.LISTENER_COOKIE;
import static io.synoptic.SnapshotLayout.LISTENER_DROPS;
import static io.synoptic.SnapshotLayout.LISTENER_FAMILY;
import static io.synoptic.SnapshotLayout.LISTENER_KNOWN;
import static io.synoptic.SnapshotLayout.LISTENER_PORT;

import java.nio.ByteBuffer;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * One listening socket as one scan saw it. Immutable.
 *
 * <p>Several may share an address and port (SO_REUSEPORT, SO_BINDTODEVICE). The connections of all
 * of them are then told by the first.
 */
public final class Listener {
  private static final int UNSIGNED_BYTE = 0xff;
  private static final int UNSIGNED_SHORT = 0xffff;

  private final long cookie;
  private final IpFamily family;
  private final String address;
  private final int port;
  private final int known;
  private final long acceptQueueLength;
  private final long acceptQueueLimit;
  private final long drops;
  private final long[] connections = new long[SnapshotLayout.STATES];

  /** Reads the row of {@code struct synoptic_listener} at {@code row}. */
  Listener(ByteBuffer buffer, int row) {
    cookie = buffer.getLong(row + LISTENER_COOKIE);
    family = IpFamily.of(buffer.get(row + LISTENER_FAMILY));
    byte[] bytes = new byte[family == IpFamily.IPV4 ? 4 : 16];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = buffer.get(row + LISTENER_ADDRESS + i);
    }
    address = IpAddress.text(bytes);
    port = buffer.getShort(row + LISTENER_PORT) & UNSIGNED_SHORT;
    known = buffer.get(row + LISTENER_KNOWN) & UNSIGNED_BYTE;
    acceptQueueLength = Integer.toUnsignedLong(buffer.getInt(row + LISTENER_ACCEPT_QUEUE_LENGTH));
    acceptQueueLimit = Integer.toUnsignedLong(buffer.getInt(row + LISTENER_ACCEPT_QUEUE_LIMIT));
    drops = Integer.toUnsignedLong(buffer.getInt(row + LISTENER_DROPS));
    for (int i = 0; i < connections.length; i++) {
      connections[i] =
          Integer.toUnsignedLong(buffer.getInt(row + LISTENER_CONNECTIONS + Integer.BYTES * i));
    }
  }

  /** Names the socket while it lives: the kernel's cookie; through proc its inode. */
  public long cookie() {
    return cookie;
  }

  /** {@link IpFamily#IPV6} for a dual-stack listener on {@code ::}. */
  public IpFamily family() {
    return family;
  }

  /** {@code 0.0.0.0}, {@code ::}, or an address in the spelling of RFC 5952. */
  public String address() {
    return address;
  }

  /** 1 to 65535. */
  public int port() {
    return port;
  }

  /** Connections that wait to be accepted by the program: {@code sk_ack_backlog}. */
  public long acceptQueueLength() {
    return acceptQueueLength;
  }

  /**
   * The backlog: what the program asked for, at most {@code somaxconn}. The queue is full when
   * longer than that. Empty if the source doesn't tell.
   */
  public OptionalLong acceptQueueLimit() {
    return (known & KNOWN_LIMIT) == 0 ? OptionalLong.empty() : OptionalLong.of(acceptQueueLimit);
  }

  /** Length / (limit + 1): exactly 1 when full. Empty if the limit is unknown. */
  public OptionalDouble acceptQueueUtilization() {
    return (known & KNOWN_LIMIT) == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of(acceptQueueLength / (acceptQueueLimit + 1.0));
  }

  /** Connections that the handshake has begun for and not ended: the SYN queue. */
  public long synQueueLength() {
    return connections(TcpState.SYN_RECV);
  }

  /**
   * What the kernel has dropped at this socket since it was opened, modulo 2^32 ({@code sk_drops}):
   * connections for want of room, but repeated SYNs and ACKs and filtered segments as well. Empty
   * if the source doesn't tell.
   */
  public OptionalLong drops() {
    return (known & KNOWN_DROPS) == 0 ? OptionalLong.empty() : OptionalLong.of(drops);
  }

  /** Sockets in one state whose local address and port are this listener's. */
  public long connections(TcpState state) {
    return connections[state.number()];
  }

  @Override
  public String toString() {
    return family == IpFamily.IPV4 ? address + ":" + port : "[" + address + "]:" + port;
  }
}
