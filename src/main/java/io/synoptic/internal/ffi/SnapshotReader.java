package io.synoptic.internal.ffi;

import static io.synoptic.internal.ffi.SnapshotLayout.DESTINATION_DESTINATION;
import static io.synoptic.internal.ffi.SnapshotLayout.DESTINATION_ERROR;
import static io.synoptic.internal.ffi.SnapshotLayout.DESTINATION_FAMILY;
import static io.synoptic.internal.ffi.SnapshotLayout.DESTINATION_NETNS_ROW;
import static io.synoptic.internal.ffi.SnapshotLayout.DESTINATION_PORT;
import static io.synoptic.internal.ffi.SnapshotLayout.DESTINATION_PORTS;
import static io.synoptic.internal.ffi.SnapshotLayout.DESTINATION_SOURCE;
import static io.synoptic.internal.ffi.SnapshotLayout.DESTINATION_TIME_WAIT;
import static io.synoptic.internal.ffi.SnapshotLayout.HEADER_DUPLICATE_SOCKETS;
import static io.synoptic.internal.ffi.SnapshotLayout.HEADER_FALLBACK_ERROR;
import static io.synoptic.internal.ffi.SnapshotLayout.HEADER_REJECTED_MESSAGES;
import static io.synoptic.internal.ffi.SnapshotLayout.HEADER_SOURCE;
import static io.synoptic.internal.ffi.SnapshotLayout.HEADER_UNLISTED_LISTENERS;
import static io.synoptic.internal.ffi.SnapshotLayout.KNOWN_AGES;
import static io.synoptic.internal.ffi.SnapshotLayout.KNOWN_ORPHANS;
import static io.synoptic.internal.ffi.SnapshotLayout.KNOWN_TIMERS;
import static io.synoptic.internal.ffi.SnapshotLayout.NAMESPACE_BUSIEST_DESTINATION_ERROR;
import static io.synoptic.internal.ffi.SnapshotLayout.NAMESPACE_BUSIEST_DESTINATION_HELD;
import static io.synoptic.internal.ffi.SnapshotLayout.NAMESPACE_BUSIEST_DESTINATION_PORTS;
import static io.synoptic.internal.ffi.SnapshotLayout.NAMESPACE_KNOWN;
import static io.synoptic.internal.ffi.SnapshotLayout.NAMESPACE_ORPHANS;
import static io.synoptic.internal.ffi.SnapshotLayout.NAMESPACE_OUTBOUND;
import static io.synoptic.internal.ffi.SnapshotLayout.NAMESPACE_OUTBOUND_CLOSE_WAIT;
import static io.synoptic.internal.ffi.SnapshotLayout.NAMESPACE_OUTBOUND_TIMERS;
import static io.synoptic.internal.ffi.SnapshotLayout.NAMESPACE_RECEIVE_QUEUE_BYTES;
import static io.synoptic.internal.ffi.SnapshotLayout.NAMESPACE_SEND_QUEUE_BYTES;
import static io.synoptic.internal.ffi.SnapshotLayout.NAMESPACE_SOCKETS;
import static io.synoptic.internal.ffi.SnapshotLayout.OWNER_CGROUP;
import static io.synoptic.internal.ffi.SnapshotLayout.OWNER_INBOUND;
import static io.synoptic.internal.ffi.SnapshotLayout.OWNER_INBOUND_CLOSE_WAIT;
import static io.synoptic.internal.ffi.SnapshotLayout.OWNER_INBOUND_QUEUES;
import static io.synoptic.internal.ffi.SnapshotLayout.OWNER_NETNS_ROW;
import static io.synoptic.internal.ffi.SnapshotLayout.OWNER_OTHER;
import static io.synoptic.internal.ffi.SnapshotLayout.OWNER_OUTBOUND;
import static io.synoptic.internal.ffi.SnapshotLayout.OWNER_OUTBOUND_CLOSE_WAIT;
import static io.synoptic.internal.ffi.SnapshotLayout.OWNER_OUTBOUND_QUEUES;
import static io.synoptic.internal.ffi.SnapshotLayout.OWNER_UNKNOWN;
import static io.synoptic.internal.ffi.SnapshotLayout.STATES;

import io.synoptic.CgroupConnections;
import io.synoptic.CloseWaitAges;
import io.synoptic.Destination;
import io.synoptic.IpFamily;
import io.synoptic.Rejection;
import io.synoptic.ScanException;
import io.synoptic.SocketSnapshot;
import io.synoptic.Source;
import io.synoptic.SourceUsed;
import io.synoptic.StateCounts;
import io.synoptic.TimeWaitReuse;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/** Copies what a scan left in its buffer into {@link SocketSnapshot}s. */
public final class SnapshotReader {
  private final ByteBuffer buffer;
  private final Table namespaces;
  private final NamespaceRows owners;
  private final Table destinations;

  public SnapshotReader(ByteBuffer buffer) {
    this.buffer = buffer;
    namespaces = Table.of(buffer, SnapshotLayout.NAMESPACES);
    owners = new NamespaceRows(buffer, SnapshotLayout.OWNERS, OWNER_NETNS_ROW);
    destinations = Table.of(buffer, SnapshotLayout.DESTINATIONS);
  }

  /** The source of a scan that was to read {@code requested}. */
  public static SourceUsed source(ByteBuffer buffer, Source requested) {
    return source(buffer.getInt(HEADER_SOURCE), buffer.getInt(HEADER_FALLBACK_ERROR), requested);
  }

  static SourceUsed source(int taken, int errno, Source requested) {
    return new SourceUsed(
        taken(taken),
        Refusal.reason(requested, errno),
        errno == 0 ? "" : Errno.describe(Source.SOCK_DIAG, errno));
  }

  private static Source taken(int number) {
    return Arrays.stream(Source.values())
        .filter(source -> source.number() == number)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "libsynoptic names a source that this version doesn't know: " + number));
  }

  /** Why the scan that filled {@code buffer} failed with {@code errno}, positive. */
  static ScanException failure(ByteBuffer buffer, int errno) {
    int fallbackError = buffer.getInt(HEADER_FALLBACK_ERROR);
    String first = fallbackError == 0 ? "" : Errno.describe(Source.SOCK_DIAG, fallbackError) + "; ";
    return new ScanException(
        "TCP sockets can't be read. "
            + first
            + Errno.describe(taken(buffer.getInt(HEADER_SOURCE)), errno),
        errno,
        rejectedMessages(buffer));
  }

  private static Map<Rejection, Long> rejectedMessages(ByteBuffer buffer) {
    Map<Rejection, Long> counts = new EnumMap<>(Rejection.class);
    for (Rejection reason : Rejection.ALL) {
      counts.put(reason, buffer.getLong(HEADER_REJECTED_MESSAGES + Long.BYTES * reason.number()));
    }
    return counts;
  }

  /**
   * The sockets of one namespace, without its listeners one by one. Repeats and rejected messages
   * are known of the whole scan: the first namespace's snapshot has them.
   *
   * @param netnsRow the namespace's, from 0
   * @param inuse the kernel's own count of the sockets a scan sees, request sockets left out; empty
   *     if unknown
   */
  public SocketSnapshot.Builder read(
      int netnsRow, SourceUsed source, Instant takenAt, OptionalLong inuse) {
    int row = namespaces.at(netnsRow);
    int known = buffer.getInt(row + NAMESPACE_KNOWN);
    SocketSnapshot.Builder snapshot =
        SocketSnapshot.builder()
            .source(source)
            .takenAt(takenAt)
            .sockstat(inuse)
            .queueBytes(
                buffer.getLong(row + NAMESPACE_RECEIVE_QUEUE_BYTES),
                buffer.getLong(row + NAMESPACE_SEND_QUEUE_BYTES))
            .outbound(longs(row + NAMESPACE_OUTBOUND))
            .outboundTimers(
                (known & KNOWN_TIMERS) != 0
                    ? Optional.of(Structures.timers(buffer, row + NAMESPACE_OUTBOUND_TIMERS))
                    : Optional.empty())
            .outboundCloseWait(closeWait(known, row + NAMESPACE_OUTBOUND_CLOSE_WAIT))
            .orphans(
                (known & KNOWN_ORPHANS) != 0
                    ? OptionalLong.of(namespaces.unsignedInt(netnsRow, NAMESPACE_ORPHANS))
                    : OptionalLong.empty())
            .unlistedListeners(buffer.getLong(HEADER_UNLISTED_LISTENERS))
            .cgroups(owners.all(netnsRow).mapToObj(owner -> cgroup(owner, known)).toList())
            .busiestDestination(
                namespaces.unsignedInt(netnsRow, NAMESPACE_BUSIEST_DESTINATION_PORTS),
                namespaces.unsignedInt(netnsRow, NAMESPACE_BUSIEST_DESTINATION_ERROR))
            .heldDestinationPorts(heldDestinationPorts(netnsRow))
            .destinations(destinations(netnsRow));
    for (IpFamily family : IpFamily.ALL) {
      snapshot.sockets(
          family, longs(row + NAMESPACE_SOCKETS + Long.BYTES * STATES * family.number()));
    }
    if (netnsRow == 0) {
      snapshot
          .duplicateSockets(buffer.getLong(HEADER_DUPLICATE_SOCKETS))
          .rejectedMessages(rejectedMessages(buffer));
    }
    return snapshot;
  }

  private StateCounts longs(int at) {
    long[] counts = new long[STATES];
    Arrays.setAll(counts, state -> buffer.getLong(at + Long.BYTES * state));
    return StateCounts.ofNumbered(counts);
  }

  private StateCounts ints(int at) {
    long[] counts = new long[STATES];
    Arrays.setAll(
        counts, state -> Integer.toUnsignedLong(buffer.getInt(at + Integer.BYTES * state)));
    return StateCounts.ofNumbered(counts);
  }

  private Optional<CloseWaitAges> closeWait(int known, int at) {
    return (known & KNOWN_AGES) != 0
        ? Optional.of(Structures.closeWait(buffer, at))
        : Optional.empty();
  }

  private CgroupConnections cgroup(int row, int known) {
    long cgroup = buffer.getLong(row + OWNER_CGROUP);
    CgroupConnections.Kind kind =
        cgroup == OWNER_OTHER
            ? CgroupConnections.Kind.OTHER
            : cgroup == OWNER_UNKNOWN
                ? CgroupConnections.Kind.UNKNOWN
                : CgroupConnections.Kind.CGROUP;
    return new CgroupConnections(
        kind,
        kind == CgroupConnections.Kind.CGROUP ? OptionalLong.of(cgroup) : OptionalLong.empty(),
        ints(row + OWNER_INBOUND),
        ints(row + OWNER_OUTBOUND),
        Structures.queues(buffer, row + OWNER_INBOUND_QUEUES),
        Structures.queues(buffer, row + OWNER_OUTBOUND_QUEUES),
        closeWait(known, row + OWNER_INBOUND_CLOSE_WAIT),
        closeWait(known, row + OWNER_OUTBOUND_CLOSE_WAIT));
  }

  private long[] heldDestinationPorts(int netnsRow) {
    long[] held = new long[TimeWaitReuse.ALL.size()];
    Arrays.setAll(
        held,
        mode ->
            namespaces.unsignedInt(
                netnsRow, NAMESPACE_BUSIEST_DESTINATION_HELD + Integer.BYTES * mode));
    return held;
  }

  private List<Destination> destinations(int netnsRow) {
    return IntStream.range(0, destinations.count())
        .filter(row -> destinations.unsignedInt(row, DESTINATION_NETNS_ROW) == netnsRow)
        .mapToObj(this::destination)
        .toList();
  }

  private Destination destination(int row) {
    int at = destinations.at(row);
    IpFamily family = Structures.family(buffer, at + DESTINATION_FAMILY);
    return new Destination(
        family,
        address(at + DESTINATION_SOURCE, family),
        address(at + DESTINATION_DESTINATION, family),
        Short.toUnsignedInt(buffer.getShort(at + DESTINATION_PORT)),
        destinations.unsignedInt(row, DESTINATION_PORTS),
        destinations.unsignedInt(row, DESTINATION_ERROR),
        destinations.unsignedInt(row, DESTINATION_TIME_WAIT));
  }

  private String address(int at, IpFamily family) {
    byte[] bytes = new byte[family == IpFamily.IPV4 ? 4 : 16];
    buffer.get(at, bytes);
    return IpAddress.text(bytes);
  }
}
