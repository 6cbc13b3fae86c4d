package io.synoptic;

import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The TCP sockets of one network namespace, counted, as one scan saw them. Immutable.
 *
 * <p>A kernel's dump is exact while sockets rest. While they come and go it may miss some and list
 * some twice; {@link #duplicateSockets()} and {@link #sockstatDifference()} measure that.
 */
public final class SocketSnapshot {
  private final Instant takenAt;
  private final SourceUsed source;
  private final Map<IpFamily, StateCounts> sockets;
  private final long scannedSockets;
  private final long duplicateSockets;
  private final Map<Rejection, Long> rejectedMessages;
  private final long receiveQueueBytes;
  private final long sendQueueBytes;
  private final OptionalLong sockstatDifference;
  private final StateCounts outbound;
  private final Optional<TimerCounts> outboundTimers;
  private final Optional<CloseWaitAges> outboundCloseWait;
  private final OptionalLong orphans;
  private final List<ListeningSocket> listeners;
  private final long unlistedListeners;
  private final List<CgroupConnections> cgroups;
  private final long busiestDestinationPorts;
  private final long busiestDestinationError;
  private final long[] heldDestinationPorts;
  private final List<Destination> destinations;

  private SocketSnapshot(Builder builder) {
    takenAt = builder.takenAt;
    source = builder.source;
    sockets = Map.copyOf(builder.sockets);
    scannedSockets = sockets.values().stream().mapToLong(StateCounts::total).sum();
    duplicateSockets = builder.duplicateSockets;
    rejectedMessages = Map.copyOf(builder.rejectedMessages);
    receiveQueueBytes = builder.receiveQueueBytes;
    sendQueueBytes = builder.sendQueueBytes;
    sockstatDifference =
        builder.sockstat.isEmpty()
            ? OptionalLong.empty()
            : OptionalLong.of(
                builder.sockstat.getAsLong() - scannedSockets + sockets(TcpState.SYN_RECV));
    outbound = builder.outbound;
    outboundTimers = builder.outboundTimers;
    outboundCloseWait = builder.outboundCloseWait;
    orphans = builder.orphans;
    listeners = List.copyOf(builder.listeners);
    unlistedListeners = builder.unlistedListeners;
    cgroups = List.copyOf(builder.cgroups);
    busiestDestinationPorts = builder.busiestDestinationPorts;
    busiestDestinationError = builder.busiestDestinationError;
    heldDestinationPorts = builder.heldDestinationPorts.clone();
    destinations = List.copyOf(builder.destinations);
  }

  /** A snapshot without a socket, taken now from sock_diag: for tests, and for what reads one. */
  public static Builder builder() {
    return new Builder();
  }

  /** When the scan ended. */
  public Instant takenAt() {
    return takenAt;
  }

  /** The source that the sockets were read from, and why that one. */
  public SourceUsed source() {
    return source;
  }

  /**
   * Sockets of one family in one state: {@code idiag_state} of the kernel's {@code inet_diag_msg}.
   */
  public long sockets(IpFamily family, TcpState state) {
    return sockets.getOrDefault(family, StateCounts.ZERO).get(state);
  }

  /** Sockets of both families in one state. */
  public long sockets(TcpState state) {
    return sockets(IpFamily.IPV4, state) + sockets(IpFamily.IPV6, state);
  }

  /**
   * The listening sockets, in the kernel's order. Empty in a {@link ScanReport}, where they are
   * folded into groups: {@link NamespaceReport#listeners()}.
   */
  public List<ListeningSocket> listeners() {
    return listeners;
  }

  /** Listening sockets that the scanner had no room for; see {@code maxListeners}. */
  public long unlistedListeners() {
    return unlistedListeners;
  }

  /**
   * The connections by cgroup; some rows are no cgroup. While {@link #unlistedListeners()} is above
   * 0, some of the outbound ones are inbound.
   */
  public List<CgroupConnections> cgroups() {
    return cgroups;
  }

  /**
   * Sockets of both families in one state that belong to no listener, listeners left out. Empty if
   * some listeners are not listed: their connections can't be separated from these.
   */
  public OptionalLong outbound(TcpState state) {
    return unlistedListeners > 0 ? OptionalLong.empty() : OptionalLong.of(outbound.get(state));
  }

  /**
   * Of the connections that belong to no listener, by timer. Empty where the source doesn't have
   * them, and if some listeners are not listed.
   */
  public Optional<TimerCounts> outboundTimers() {
    return unlistedListeners > 0 ? Optional.empty() : outboundTimers;
  }

  /** The ages of those of them that are in {@code close_wait}. Empty likewise. */
  public Optional<CloseWaitAges> outboundCloseWait() {
    return unlistedListeners > 0 ? Optional.empty() : outboundCloseWait;
  }

  /**
   * Connections that no program holds open any more: full sockets in {@code fin_wait1}, {@code
   * fin_wait2}, {@code last_ack} and {@code closing}. Timewait sockets in {@code fin_wait2}, and
   * connections that wait to be accepted, are none. Empty where the source doesn't have it.
   */
  public OptionalLong orphans() {
    return orphans;
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

  /**
   * The most local ports from one address towards one {@link Destination} that a new connection
   * can't have: {@link #busiestDestinationPorts()} without those in {@code time_wait} that it may
   * take. Never too low, and empty likewise.
   */
  public OptionalLong heldDestinationPorts(TimeWaitReuse reuse) {
    return unlistedListeners > 0
        ? OptionalLong.empty()
        : OptionalLong.of(heldDestinationPorts[reuse.number()]);
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

  /** Sockets the kernel listed twice and this snapshot counts once. */
  public long duplicateSockets() {
    return duplicateSockets;
  }

  /** Netlink messages that the scan rejected, for one reason. */
  public long rejectedMessages(Rejection reason) {
    return rejectedMessages.getOrDefault(reason, 0L);
  }

  /**
   * The kernel's own count ({@code inuse} and {@code tw} of {@code /proc/net/sockstat} and {@code
   * sockstat6}) less what was scanned, request sockets left out of both. 0 at rest; empty if
   * sockstat can't be read.
   */
  public OptionalLong sockstatDifference() {
    return sockstatDifference;
  }

  /** What a {@link SocketSnapshot} holds; what is not set is 0 or empty. */
  public static final class Builder {
    private Instant takenAt = Instant.now();
    private SourceUsed source = new SourceUsed(Source.SOCK_DIAG, SourceReason.BEST, "");
    private final Map<IpFamily, StateCounts> sockets = new EnumMap<>(IpFamily.class);
    private long duplicateSockets;
    private Map<Rejection, Long> rejectedMessages = Map.of();
    private long receiveQueueBytes;
    private long sendQueueBytes;
    private OptionalLong sockstat = OptionalLong.empty();
    private StateCounts outbound = StateCounts.ZERO;
    private Optional<TimerCounts> outboundTimers = Optional.empty();
    private Optional<CloseWaitAges> outboundCloseWait = Optional.empty();
    private OptionalLong orphans = OptionalLong.empty();
    private List<ListeningSocket> listeners = List.of();
    private long unlistedListeners;
    private List<CgroupConnections> cgroups = List.of();
    private long busiestDestinationPorts;
    private long busiestDestinationError;
    private long[] heldDestinationPorts = new long[TimeWaitReuse.ALL.size()];
    private List<Destination> destinations = List.of();

    private Builder() {
      IpFamily.ALL.forEach(family -> sockets.put(family, StateCounts.ZERO));
    }

    /** {@link SocketSnapshot#takenAt()}. */
    public Builder takenAt(Instant takenAt) {
      this.takenAt = takenAt;
      return this;
    }

    /** {@link SocketSnapshot#source()}. */
    public Builder source(SourceUsed source) {
      this.source = source;
      return this;
    }

    /** The sockets of one family. */
    public Builder sockets(IpFamily family, StateCounts counts) {
      sockets.put(family, counts);
      return this;
    }

    /** {@link SocketSnapshot#duplicateSockets()}. */
    public Builder duplicateSockets(long duplicateSockets) {
      this.duplicateSockets = duplicateSockets;
      return this;
    }

    /** {@link SocketSnapshot#rejectedMessages(Rejection)}. */
    public Builder rejectedMessages(Map<Rejection, Long> rejectedMessages) {
      this.rejectedMessages = rejectedMessages;
      return this;
    }

    /** {@link SocketSnapshot#receiveQueueBytes()} and {@link SocketSnapshot#sendQueueBytes()}. */
    public Builder queueBytes(long receiveQueueBytes, long sendQueueBytes) {
      this.receiveQueueBytes = receiveQueueBytes;
      this.sendQueueBytes = sendQueueBytes;
      return this;
    }

    /**
     * The kernel's own count, request sockets left out, for {@link
     * SocketSnapshot#sockstatDifference()}.
     */
    public Builder sockstat(OptionalLong sockstat) {
      this.sockstat = sockstat;
      return this;
    }

    /** {@link SocketSnapshot#outbound(TcpState)}. */
    public Builder outbound(StateCounts outbound) {
      this.outbound = outbound;
      return this;
    }

    /** {@link SocketSnapshot#outboundTimers()}. */
    public Builder outboundTimers(Optional<TimerCounts> outboundTimers) {
      this.outboundTimers = outboundTimers;
      return this;
    }

    /** {@link SocketSnapshot#outboundCloseWait()}. */
    public Builder outboundCloseWait(Optional<CloseWaitAges> outboundCloseWait) {
      this.outboundCloseWait = outboundCloseWait;
      return this;
    }

    /** {@link SocketSnapshot#orphans()}. */
    public Builder orphans(OptionalLong orphans) {
      this.orphans = orphans;
      return this;
    }

    /** {@link SocketSnapshot#listeners()}; copied. */
    public Builder listeners(List<ListeningSocket> listeners) {
      this.listeners = listeners;
      return this;
    }

    /** {@link SocketSnapshot#unlistedListeners()}. */
    public Builder unlistedListeners(long unlistedListeners) {
      this.unlistedListeners = unlistedListeners;
      return this;
    }

    /** {@link SocketSnapshot#cgroups()}; copied. */
    public Builder cgroups(List<CgroupConnections> cgroups) {
      this.cgroups = cgroups;
      return this;
    }

    /**
     * {@link SocketSnapshot#busiestDestinationPorts()} and {@link
     * SocketSnapshot#busiestDestinationError()}.
     */
    public Builder busiestDestination(long ports, long error) {
      busiestDestinationPorts = ports;
      busiestDestinationError = error;
      return this;
    }

    /**
     * {@link SocketSnapshot#heldDestinationPorts}.
     *
     * @param held by the numbers of {@link TimeWaitReuse}; copied
     */
    public Builder heldDestinationPorts(long... held) {
      if (held.length != TimeWaitReuse.ALL.size()) {
        throw new IllegalArgumentException(held.length + " modes of tcp_tw_reuse");
      }
      heldDestinationPorts = held.clone();
      return this;
    }

    /** {@link SocketSnapshot#destinations()}; copied. */
    public Builder destinations(List<Destination> destinations) {
      this.destinations = destinations;
      return this;
    }

    /** A snapshot of these figures. */
    public SocketSnapshot build() {
      return new SocketSnapshot(this);
    }
  }
}
