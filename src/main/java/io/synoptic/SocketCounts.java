package io.synoptic;

import static io.synoptic.SnapshotLayout.DESTINATIONS;
import static io.synoptic.SnapshotLayout.DESTINATION_NETNS_ROW;
import static io.synoptic.SnapshotLayout.HEADER_DUPLICATE_SOCKETS;
import static io.synoptic.SnapshotLayout.HEADER_REJECTED_MESSAGES;
import static io.synoptic.SnapshotLayout.HEADER_TABLE;
import static io.synoptic.SnapshotLayout.HEADER_UNLISTED_LISTENERS;
import static io.synoptic.SnapshotLayout.NAMESPACES;
import static io.synoptic.SnapshotLayout.NAMESPACE_BUSIEST_DESTINATION_ERROR;
import static io.synoptic.SnapshotLayout.NAMESPACE_BUSIEST_DESTINATION_PORTS;
import static io.synoptic.SnapshotLayout.NAMESPACE_OUTBOUND;
import static io.synoptic.SnapshotLayout.NAMESPACE_RECEIVE_QUEUE_BYTES;
import static io.synoptic.SnapshotLayout.NAMESPACE_SEND_QUEUE_BYTES;
import static io.synoptic.SnapshotLayout.NAMESPACE_SOCKETS;
import static io.synoptic.SnapshotLayout.OWNERS;
import static io.synoptic.SnapshotLayout.OWNER_NETNS_ROW;
import static io.synoptic.SnapshotLayout.STATES;
import static io.synoptic.SnapshotLayout.TABLE_COUNT;
import static io.synoptic.SnapshotLayout.TABLE_OFFSET;
import static io.synoptic.SnapshotLayout.TABLE_SIZE;
import static io.synoptic.SnapshotLayout.TABLE_STRIDE;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * The TCP sockets of one network namespace, counted, as one scan saw them. Immutable.
 *
 * <p>A kernel's dump is exact while sockets rest. While they come and go it may miss some and name
 * some twice; {@link #duplicateSockets()} and {@link #sockstatDifference()} tell how it went.
 */
public sealed class SocketCounts permits SocketSnapshot {
  private final Instant takenAt;
  private final SourceUsed source;
  private final long scannedSockets;
  private final long duplicateSockets;
  private final long[] rejectedMessages;
  private final long[] sockets = new long[IpFamily.ALL.size() * STATES];
  private final long receiveQueueBytes;
  private final long sendQueueBytes;
  private final OptionalLong sockstatDifference;
  private final long[] outbound = new long[STATES];
  private final long unlistedListeners;
  private final List<CgroupConnections> cgroups;
  private final long busiestDestinationPorts;
  private final long busiestDestinationError;
  private final List<Destination> destinations;

  /**
   * Reads what a scan of one namespace left in {@code buffer}.
   *
   * @param source where the sockets come from
   * @param inuse the kernel's own count of the sockets a scan sees, request sockets left out; empty
   *     if unknown
   */
  SocketCounts(ByteBuffer buffer, SourceUsed source, Instant takenAt, OptionalLong inuse) {
    this(buffer, 0, owners(buffer), source, takenAt, inuse);
  }

  /**
   * Reads what a scan says of one namespace. What it says of all together, repeats and messages not
   * believed, is told with the first.
   *
   * @param netnsRow the namespace's, from 0
   * @param owners what {@link #owners} says of the buffer
   */
  SocketCounts(
      ByteBuffer buffer,
      int netnsRow,
      NamespaceRows owners,
      SourceUsed source,
      Instant takenAt,
      OptionalLong inuse) {
    this.takenAt = takenAt;
    this.source = source;
    duplicateSockets = netnsRow == 0 ? buffer.getLong(HEADER_DUPLICATE_SOCKETS) : 0;
    rejectedMessages = netnsRow == 0 ? rejectedMessages(buffer) : new long[Rejection.ALL.size()];
    int row = row(buffer, NAMESPACES, netnsRow);
    for (int i = 0; i < sockets.length; i++) {
      sockets[i] = buffer.getLong(row + NAMESPACE_SOCKETS + Long.BYTES * i);
    }
    scannedSockets = LongStream.of(sockets).sum();
    receiveQueueBytes = buffer.getLong(row + NAMESPACE_RECEIVE_QUEUE_BYTES);
    sendQueueBytes = buffer.getLong(row + NAMESPACE_SEND_QUEUE_BYTES);
    for (int i = 0; i < STATES; i++) {
      outbound[i] = buffer.getLong(row + NAMESPACE_OUTBOUND + Long.BYTES * i);
    }
    unlistedListeners = buffer.getLong(HEADER_UNLISTED_LISTENERS);
    cgroups =
        owners.places(netnsRow).mapToObj(owner -> new CgroupConnections(buffer, owner)).toList();
    busiestDestinationPorts =
        Integer.toUnsignedLong(buffer.getInt(row + NAMESPACE_BUSIEST_DESTINATION_PORTS));
    busiestDestinationError =
        Integer.toUnsignedLong(buffer.getInt(row + NAMESPACE_BUSIEST_DESTINATION_ERROR));
    destinations =
        destinations(buffer, netnsRow)
            .mapToObj(destination -> Destination.read(buffer, destination))
            .toList();
    sockstatDifference =
        inuse.isEmpty()
            ? inuse
            : OptionalLong.of(inuse.getAsLong() - scannedSockets + sockets(TcpState.SYN_RECV));
  }

  /** What a scan has rejected, by {@link Rejection}; known of a failed scan as well. */
  static long[] rejectedMessages(ByteBuffer buffer) {
    long[] counts = new long[Rejection.ALL.size()];
    for (int i = 0; i < counts.length; i++) {
      counts[i] = buffer.getLong(HEADER_REJECTED_MESSAGES + Long.BYTES * i);
    }
    return counts;
  }

  /** Where a row of a table stands. */
  private static int row(ByteBuffer buffer, int number, int row) {
    int table = HEADER_TABLE + TABLE_SIZE * number;
    return buffer.getInt(table + TABLE_OFFSET) + buffer.getInt(table + TABLE_STRIDE) * row;
  }

  /** Whose the owners in {@code buffer} are. */
  static NamespaceRows owners(ByteBuffer buffer) {
    return new NamespaceRows(buffer, OWNERS, OWNER_NETNS_ROW);
  }

  /** Where those of one namespace stand, of the few that are told. */
  private static IntStream destinations(ByteBuffer buffer, int netnsRow) {
    return IntStream.range(0, buffer.getInt(HEADER_TABLE + TABLE_SIZE * DESTINATIONS + TABLE_COUNT))
        .map(i -> row(buffer, DESTINATIONS, i))
        .filter(at -> buffer.getInt(at + DESTINATION_NETNS_ROW) == netnsRow);
  }

  /** When the scan ended. */
  public Instant takenAt() {
    return takenAt;
  }

  /** Where the sockets were read from, and why from there. */
  public SourceUsed source() {
    return source;
  }

  /**
   * Sockets of one family in one state: {@code idiag_state} of the kernel's {@code inet_diag_msg}.
   */
  public long sockets(IpFamily family, TcpState state) {
    return sockets[family.number() * STATES + state.number()];
  }

  /** Sockets of both families in one state. */
  public long sockets(TcpState state) {
    return sockets(IpFamily.IPV4, state) + sockets(IpFamily.IPV6, state);
  }

  /** Listening sockets that the scanner had no room for; see {@code maxListeners}. */
  public long unlistedListeners() {
    return unlistedListeners;
  }

  /**
   * Whose the connections are: some rows are no cgroup. While {@link #unlistedListeners()} is above
   * 0, some of what they have outbound is inbound.
   */
  public List<CgroupConnections> cgroups() {
    return cgroups;
  }

  /**
   * Sockets of both families in one state that belong to no listener, listeners left out. Empty if
   * some listeners are not listed: their connections can't be told from these.
   */
  public OptionalLong outbound(TcpState state) {
    return unlistedListeners > 0 ? OptionalLong.empty() : OptionalLong.of(outbound[state.number()]);
  }

  /**
   * The most local ports in use from one address towards one {@link Destination}: never too low. A
   * connect fails when that is all of {@code ip_local_port_range}. Empty if some listeners are not
   * listed.
   */
  public OptionalLong busiestDestinationPorts() {
    return unlistedListeners > 0 ? OptionalLong.empty() : OptionalLong.of(busiestDestinationPorts);
  }

  /**
   * How much too high {@link #busiestDestinationPorts()} is at most: 0 while there are 2,048
   * destinations or fewer, then at most a 2,049th of the sockets.
   */
  public long busiestDestinationError() {
    return busiestDestinationError;
  }

  /** The destinations that most local ports are in use towards, the busiest first, at most 16. */
  public List<Destination> destinations() {
    return destinations;
  }

  /** Bytes received and not yet read by a program; listeners have none ({@code idiag_rqueue}). */
  public long receiveQueueBytes() {
    return receiveQueueBytes;
  }

  /** Bytes sent and not yet acknowledged; listeners have none ({@code idiag_wqueue}). */
  public long sendQueueBytes() {
    return sendQueueBytes;
  }

  /** Sockets counted, repeats left out. */
  public long scannedSockets() {
    return scannedSockets;
  }

  /** Sockets the kernel named twice and this snapshot counts once. */
  public long duplicateSockets() {
    return duplicateSockets;
  }

  /** Netlink messages that were not believed, for one reason. */
  public long rejectedMessages(Rejection reason) {
    return rejectedMessages[reason.number()];
  }

  /**
   * What the kernel's own count says ({@code inuse} and {@code tw} of {@code /proc/net/sockstat}
   * and {@code sockstat6}) less what was scanned, request sockets left out of both. 0 at rest;
   * empty if sockstat can't be read.
   */
  public OptionalLong sockstatDifference() {
    return sockstatDifference;
  }
}
