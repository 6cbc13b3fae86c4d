package io.synoptic;

import java.util.List;

/**
 * The kernel's counters and limits that are read from text files. Names are those that {@code
 * nstat} and {@code sysctl} print; {@code TCP tw} is of {@code sockstat}.
 */
public enum KernelCounter {
  /** Connections begun from here. */
  ACTIVE_OPENS(Origin.SNMP, "ActiveOpens"),
  /** Connections a listener accepted the handshake of. */
  PASSIVE_OPENS(Origin.SNMP, "PassiveOpens"),
  /** Handshakes that ended without a connection. */
  ATTEMPT_FAILS(Origin.SNMP, "AttemptFails"),
  /** Connections that went from established or close_wait to close at once. */
  ESTAB_RESETS(Origin.SNMP, "EstabResets"),
  /** Segments received, bad ones included. */
  IN_SEGS(Origin.SNMP, "InSegs"),
  /** Bad segments received. */
  IN_ERRS(Origin.SNMP, "InErrs"),
  /** Segments sent, retransmitted ones left out. */
  OUT_SEGS(Origin.SNMP, "OutSegs"),
  /** Segments sent again. */
  RETRANS_SEGS(Origin.SNMP, "RetransSegs"),
  /** RST segments sent. */
  OUT_RSTS(Origin.SNMP, "OutRsts"),
  /** SYN and SYN-ACK segments sent again. */
  SYN_RETRANS(Origin.NETSTAT, "TCPSynRetrans"),
  /** Retransmission timers that expired. */
  TIMEOUTS(Origin.NETSTAT, "TCPTimeouts"),
  /** SYNs and last ACKs dropped because the accept queue was full. */
  LISTEN_OVERFLOWS(Origin.NETSTAT, "ListenOverflows"),
  /** SYNs and last ACKs that a listener dropped, for any reason. */
  LISTEN_DROPS(Origin.NETSTAT, "ListenDrops"),
  /** SYNs dropped because the SYN queue was full and SYN cookies are off. */
  REQ_Q_FULL_DROP(Origin.NETSTAT, "TCPReqQFullDrop"),
  /** SYNs that found the SYN queue full and got a cookie. */
  REQ_Q_FULL_DO_COOKIES(Origin.NETSTAT, "TCPReqQFullDoCookies"),
  /** SYN cookies sent. */
  SYNCOOKIES_SENT(Origin.NETSTAT, "SyncookiesSent"),
  /** Handshakes that a cookie completed. */
  SYNCOOKIES_RECV(Origin.NETSTAT, "SyncookiesRecv"),
  /** ACKs to a listener without a valid cookie. */
  SYNCOOKIES_FAILED(Origin.NETSTAT, "SyncookiesFailed"),
  /** Connections closed without time_wait because the buckets were used up. */
  TIME_WAIT_OVERFLOW(Origin.NETSTAT, "TCPTimeWaitOverflow"),
  /** Orphans ended because there were too many, or no memory. */
  ABORT_ON_MEMORY(Origin.NETSTAT, "TCPAbortOnMemory"),
  /** Connections given up because no answer came. */
  ABORT_ON_TIMEOUT(Origin.NETSTAT, "TCPAbortOnTimeout"),
  /** Segments in order dropped because a receive queue had no room. */
  RCV_Q_DROP(Origin.NETSTAT, "TCPRcvQDrop"),
  /** Times that a receive queue was compacted because it had no room. */
  PRUNE_CALLED(Origin.NETSTAT, "PruneCalled"),
  /** Segments dropped because too many came while a program held the socket's lock. */
  BACKLOG_DROP(Origin.NETSTAT, "TCPBacklogDrop"),
  /** Time-wait buckets in use. */
  TIME_WAIT_BUCKETS(Origin.SOCKSTAT, "tw"),
  /** Orphans of the whole host; in the initial namespace alone. */
  ORPHANS(Origin.SOCKSTAT, "orphan"),
  /** Bytes that TCP's buffers take on the whole host; in the initial namespace alone. */
  MEMORY(Origin.SOCKSTAT, "mem"),
  /** Time-wait buckets there may be. */
  TIME_WAIT_BUCKETS_LIMIT(Origin.SYSCTL, "net.ipv4.tcp_max_tw_buckets"),
  /** SYN cookies: 0 never, 1 when a SYN queue is full, 2 always. */
  SYNCOOKIES_MODE(Origin.SYSCTL, "net.ipv4.tcp_syncookies"),
  /**
   * Which ports in time_wait a connection takes again: 0 none, 1 all, 2 those of loopback. 0 if
   * {@code net.ipv4.tcp_timestamps} is.
   */
  TIME_WAIT_REUSE_MODE(Origin.SYSCTL, "net.ipv4.tcp_tw_reuse"),
  /** The highest limit of an accept queue. */
  SOMAXCONN(Origin.SYSCTL, "net.core.somaxconn"),
  /** Without SYN cookies, the size from 3/4 of which a SYN queue takes known peers alone. */
  MAX_SYN_BACKLOG(Origin.SYSCTL, "net.ipv4.tcp_max_syn_backlog"),
  /** How many local ports the kernel gives out, {@code ip_local_reserved_ports} left out. */
  EPHEMERAL_PORTS(Origin.SYSCTL, "net.ipv4.ip_local_port_range"),
  /** Orphans there may be on the whole host; in the initial namespace alone. */
  MAX_ORPHANS(Origin.SYSCTL, "net.ipv4.tcp_max_orphans"),
  /** Bytes from which on TCP saves memory; in the initial namespace alone. */
  MEMORY_PRESSURE(Origin.SYSCTL, "net.ipv4.tcp_mem", " pressure"),
  /** Bytes that TCP's buffers may take; in the initial namespace alone. */
  MEMORY_LIMIT(Origin.SYSCTL, "net.ipv4.tcp_mem", " max");

  /** The file a value is read from. */
  public enum Origin {
    /** {@code net/snmp}, line {@code Tcp}. */
    SNMP("Tcp"),
    /** {@code net/netstat}, line {@code TcpExt}. */
    NETSTAT("TcpExt"),
    /** {@code net/sockstat}, line {@code TCP}. */
    SOCKSTAT("TCP "),
    /** A file under {@code sys}. */
    SYSCTL("");

    private final String prefix;

    Origin(String prefix) {
      this.prefix = prefix;
    }
  }

  /** Every counter. */
  public static final List<KernelCounter> ALL = List.of(values());

  private final Origin origin;
  private final String column;
  private final String kernelName;

  KernelCounter(Origin origin, String column) {
    this(origin, column, "");
  }

  KernelCounter(Origin origin, String column, String part) {
    this.origin = origin;
    this.column = column;
    kernelName = origin.prefix + column + part;
  }

  /** The file it is read from. */
  public Origin origin() {
    return origin;
  }

  /** Its name in that file, or the sysctl's: {@code ListenDrops}, {@code net.core.somaxconn}. */
  public String column() {
    return column;
  }

  /** As {@code nstat} and {@code sysctl} print it: {@code TcpExtListenDrops}. */
  public String kernelName() {
    return kernelName;
  }
}
