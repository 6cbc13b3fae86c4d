package io.synoptic.internal.ffi;

import io.synoptic.IpFamily;
import io.synoptic.Rejection;
import io.synoptic.Source;
import java.util.List;
import java.util.Map;

/**
 * The layout of {@code struct synoptic_snapshot} and its tables as this version reads it: sizes and
 * offsets in bytes. A test holds it against the library's own {@code synoptic_layout()}.
 */
public final class SnapshotLayout {
  static final int ABI = 2;

  static final int HEADER_ABI = 0;
  public static final int HEADER_SOURCE = 8;
  static final int HEADER_FALLBACK_ERROR = 12;
  static final int HEADER_TABLES = 16;
  static final int HEADER_UNLISTED_NAMESPACES = 20;
  static final int HEADER_SCANNED_SOCKETS = 24;
  static final int HEADER_DUPLICATE_SOCKETS = 32;
  public static final int HEADER_UNLISTED_LISTENERS = 40;
  static final int HEADER_REJECTED_MESSAGES = 48;
  public static final int HEADER_TABLE = 88;

  public static final int TABLE_SIZE = 16;
  public static final int TABLE_OFFSET = 0;
  public static final int TABLE_COUNT = 4;
  public static final int TABLE_STRIDE = 8;

  /** The number of the table of network namespaces. */
  public static final int NAMESPACES = 0;

  /** The number of the table of listeners. */
  public static final int LISTENERS = 1;

  /** The number of the table of owners. */
  public static final int OWNERS = 2;

  /** The number of the table of destinations. */
  static final int DESTINATIONS = 3;

  public static final int TABLES = 4;

  /** States a family has room for, number 0 unused. */
  public static final int STATES = 12;

  public static final int NAMESPACE_SIZE = 424;
  static final int NAMESPACE_SOCKETS = 0;
  static final int NAMESPACE_RECEIVE_QUEUE_BYTES = 192;
  static final int NAMESPACE_SEND_QUEUE_BYTES = 200;
  static final int NAMESPACE_OUTBOUND = 208;
  static final int NAMESPACE_BUSIEST_DESTINATION_PORTS = 304;
  static final int NAMESPACE_BUSIEST_DESTINATION_ERROR = 308;
  static final int NAMESPACE_NETNS = 312;
  static final int NAMESPACE_COOKIE = 320;
  static final int NAMESPACE_PID = 328;
  static final int NAMESPACE_TIME_WAIT_BUCKETS_LIMIT = 332;
  static final int NAMESPACE_SYNCOOKIES_MODE = 336;
  static final int NAMESPACE_SOMAXCONN = 340;
  static final int NAMESPACE_MAX_SYN_BACKLOG = 344;
  static final int NAMESPACE_EPHEMERAL_PORTS_LIMIT = 348;
  static final int NAMESPACE_OWNER_UID = 352;
  static final int NAMESPACE_PID_STARTED = 360;
  static final int NAMESPACE_OUTBOUND_TIMERS = 368;
  static final int NAMESPACE_ORPHANS = 384;
  public static final int NAMESPACE_KNOWN = 388;
  static final int NAMESPACE_OUTBOUND_CLOSE_WAIT = 392;
  static final int NAMESPACE_BUSIEST_DESTINATION_HELD = 408;
  static final int NAMESPACE_TIME_WAIT_REUSE_MODE = 420;

  static final int TIMERS_RETRANSMITTING = 0;
  static final int TIMERS_ZERO_WINDOW = 4;
  static final int TIMERS_REPEATED_SYN = 8;
  static final int TIMERS_KEEPALIVE = 12;

  static final int CLOSE_WAIT_OLDEST = 0;
  static final int CLOSE_WAIT_OVER_ONE_MINUTE = 4;
  static final int CLOSE_WAIT_OVER_TEN_MINUTES = 8;
  static final int CLOSE_WAIT_OVER_ONE_HOUR = 12;

  static final int REFUSAL_NONE = 0;
  static final int REFUSAL_FORBIDDEN = 1;
  static final int REFUSAL_UNSUPPORTED = 2;
  static final int REFUSAL_IMPLAUSIBLE = 3;

  public static final int KNOWN_LIMIT = 1;
  public static final int KNOWN_DROPS = 2;
  public static final int KNOWN_TIMERS = 4;
  public static final int KNOWN_ORPHANS = 8;
  public static final int KNOWN_AGES = 16;
  public static final int KNOWN_SYN_QUEUE = 32;

  public static final int LISTENER_COOKIE = 0;
  public static final int LISTENER_ADDRESS = 8;
  public static final int LISTENER_PORT = 24;
  static final int LISTENER_FAMILY = 26;
  public static final int LISTENER_KNOWN = 27;
  public static final int LISTENER_ACCEPT_QUEUE_LENGTH = 28;
  public static final int LISTENER_ACCEPT_QUEUE_LIMIT = 32;
  public static final int LISTENER_DROPS = 36;
  static final int LISTENER_CONNECTIONS = 40;
  static final int LISTENER_CGROUP = 88;
  static final int LISTENER_INODE = 96;
  static final int LISTENER_NETNS_ROW = 104;
  static final int LISTENER_IPV6ONLY = 108;
  public static final int LISTENER_TIMERS = 112;
  public static final int LISTENER_CLOSE_WAIT = 128;
  public static final int LISTENER_SYN_QUEUE_LENGTH = 144;
  public static final int LISTENER_FAST_OPEN_QUEUE_LENGTH = 148;

  static final int LISTENER_SIZE = 152;

  public static final long OWNER_UNKNOWN = 0;
  static final long OWNER_OTHER = -1;

  static final int OWNER_CGROUP = 0;
  static final int OWNER_INBOUND = 8;
  static final int OWNER_OUTBOUND = 56;
  static final int OWNER_NETNS_ROW = 104;
  static final int OWNER_INBOUND_QUEUES = 112;
  static final int OWNER_OUTBOUND_QUEUES = 136;
  static final int OWNER_INBOUND_CLOSE_WAIT = 160;
  static final int OWNER_OUTBOUND_CLOSE_WAIT = 176;
  static final int OWNER_SIZE = 192;

  static final int QUEUES_RECEIVE_BYTES = 0;
  static final int QUEUES_SEND_BYTES = 8;
  static final int QUEUES_RECEIVE_CONNECTIONS = 16;
  static final int QUEUES_SEND_CONNECTIONS = 20;

  static final int DESTINATION_SOURCE = 0;
  static final int DESTINATION_DESTINATION = 16;
  static final int DESTINATION_PORT = 32;
  static final int DESTINATION_FAMILY = 34;
  static final int DESTINATION_PORTS = 36;
  static final int DESTINATION_ERROR = 40;
  static final int DESTINATION_NETNS_ROW = 44;
  static final int DESTINATION_TIME_WAIT = 48;
  static final int DESTINATION_SIZE = 52;

  /** By the tables' numbers. */
  static final List<Integer> ROW_SIZES =
      List.of(NAMESPACE_SIZE, LISTENER_SIZE, OWNER_SIZE, DESTINATION_SIZE);

  /** What the C side must say of itself, by the names it uses. */
  static final Map<String, Long> EXPECTED =
      Map.ofEntries(
          is("SYNOPTIC_ABI", ABI),
          is("SYNOPTIC_SOURCE_AUTO", Source.AUTO.number()),
          is("SYNOPTIC_SOURCE_SOCK_DIAG", Source.SOCK_DIAG.number()),
          is("SYNOPTIC_SOURCE_PROC", Source.PROC.number()),
          is("SYNOPTIC_SOURCE_BPF", Source.BPF.number()),
          is("SYNOPTIC_IPV4", IpFamily.IPV4.number()),
          is("SYNOPTIC_IPV6", IpFamily.IPV6.number()),
          is("SYNOPTIC_FAMILIES", IpFamily.ALL.size()),
          is("SYNOPTIC_STATES", STATES),
          is("SYNOPTIC_REJECTED_SENDER", Rejection.SENDER.number()),
          is("SYNOPTIC_REJECTED_SEQUENCE", Rejection.SEQUENCE.number()),
          is("SYNOPTIC_REJECTED_PORTID", Rejection.PORTID.number()),
          is("SYNOPTIC_REJECTED_RECORD", Rejection.RECORD.number()),
          is("SYNOPTIC_REJECTED_CHAIN", Rejection.CHAIN.number()),
          is("SYNOPTIC_REJECTIONS", Rejection.ALL.size()),
          is("SYNOPTIC_REFUSAL_NONE", REFUSAL_NONE),
          is("SYNOPTIC_REFUSAL_FORBIDDEN", REFUSAL_FORBIDDEN),
          is("SYNOPTIC_REFUSAL_UNSUPPORTED", REFUSAL_UNSUPPORTED),
          is("SYNOPTIC_REFUSAL_IMPLAUSIBLE", REFUSAL_IMPLAUSIBLE),
          is("SYNOPTIC_NAMESPACES", NAMESPACES),
          is("SYNOPTIC_LISTENERS", LISTENERS),
          is("SYNOPTIC_OWNERS", OWNERS),
          is("SYNOPTIC_DESTINATIONS", DESTINATIONS),
          is("SYNOPTIC_TABLES", TABLES),
          is("SYNOPTIC_OWNER_UNKNOWN", OWNER_UNKNOWN),
          is("SYNOPTIC_OWNER_OTHER", OWNER_OTHER),
          is("SYNOPTIC_KNOWN_LIMIT", KNOWN_LIMIT),
          is("SYNOPTIC_KNOWN_DROPS", KNOWN_DROPS),
          is("SYNOPTIC_KNOWN_TIMERS", KNOWN_TIMERS),
          is("SYNOPTIC_KNOWN_ORPHANS", KNOWN_ORPHANS),
          is("SYNOPTIC_KNOWN_AGES", KNOWN_AGES),
          is("SYNOPTIC_KNOWN_SYN_QUEUE", KNOWN_SYN_QUEUE),
          is("synoptic_table", TABLE_SIZE),
          is("synoptic_table.offset", TABLE_OFFSET),
          is("synoptic_table.count", TABLE_COUNT),
          is("synoptic_table.stride", TABLE_STRIDE),
          is("synoptic_snapshot.abi", HEADER_ABI),
          is("synoptic_snapshot.source", HEADER_SOURCE),
          is("synoptic_snapshot.fallback_error", HEADER_FALLBACK_ERROR),
          is("synoptic_snapshot.tables", HEADER_TABLES),
          is("synoptic_snapshot.unlisted_namespaces", HEADER_UNLISTED_NAMESPACES),
          is("synoptic_snapshot.scanned_sockets", HEADER_SCANNED_SOCKETS),
          is("synoptic_snapshot.duplicate_sockets", HEADER_DUPLICATE_SOCKETS),
          is("synoptic_snapshot.unlisted_listeners", HEADER_UNLISTED_LISTENERS),
          is("synoptic_snapshot.rejected_messages", HEADER_REJECTED_MESSAGES),
          is("synoptic_snapshot.table", HEADER_TABLE),
          is("synoptic_timers.retransmitting", TIMERS_RETRANSMITTING),
          is("synoptic_timers.zero_window", TIMERS_ZERO_WINDOW),
          is("synoptic_timers.repeated_syn", TIMERS_REPEATED_SYN),
          is("synoptic_timers.keepalive", TIMERS_KEEPALIVE),
          is("synoptic_close_wait.oldest", CLOSE_WAIT_OLDEST),
          is("synoptic_close_wait.over_one_minute", CLOSE_WAIT_OVER_ONE_MINUTE),
          is("synoptic_close_wait.over_ten_minutes", CLOSE_WAIT_OVER_TEN_MINUTES),
          is("synoptic_close_wait.over_one_hour", CLOSE_WAIT_OVER_ONE_HOUR),
          is("synoptic_namespace", NAMESPACE_SIZE),
          is("synoptic_namespace.sockets", NAMESPACE_SOCKETS),
          is("synoptic_namespace.receive_queue_bytes", NAMESPACE_RECEIVE_QUEUE_BYTES),
          is("synoptic_namespace.send_queue_bytes", NAMESPACE_SEND_QUEUE_BYTES),
          is("synoptic_namespace.outbound", NAMESPACE_OUTBOUND),
          is("synoptic_namespace.busiest_destination_ports", NAMESPACE_BUSIEST_DESTINATION_PORTS),
          is("synoptic_namespace.busiest_destination_error", NAMESPACE_BUSIEST_DESTINATION_ERROR),
          is("synoptic_namespace.netns", NAMESPACE_NETNS),
          is("synoptic_namespace.cookie", NAMESPACE_COOKIE),
          is("synoptic_namespace.pid", NAMESPACE_PID),
          is("synoptic_namespace.time_wait_buckets_limit", NAMESPACE_TIME_WAIT_BUCKETS_LIMIT),
          is("synoptic_namespace.syncookies_mode", NAMESPACE_SYNCOOKIES_MODE),
          is("synoptic_namespace.somaxconn", NAMESPACE_SOMAXCONN),
          is("synoptic_namespace.max_syn_backlog", NAMESPACE_MAX_SYN_BACKLOG),
          is("synoptic_namespace.ephemeral_ports_limit", NAMESPACE_EPHEMERAL_PORTS_LIMIT),
          is("synoptic_namespace.owner_uid", NAMESPACE_OWNER_UID),
          is("synoptic_namespace.pid_started", NAMESPACE_PID_STARTED),
          is("synoptic_namespace.outbound_timers", NAMESPACE_OUTBOUND_TIMERS),
          is("synoptic_namespace.orphans", NAMESPACE_ORPHANS),
          is("synoptic_namespace.known", NAMESPACE_KNOWN),
          is("synoptic_namespace.outbound_close_wait", NAMESPACE_OUTBOUND_CLOSE_WAIT),
          is("synoptic_namespace.busiest_destination_held", NAMESPACE_BUSIEST_DESTINATION_HELD),
          is("synoptic_namespace.time_wait_reuse_mode", NAMESPACE_TIME_WAIT_REUSE_MODE),
          is("synoptic_listener", LISTENER_SIZE),
          is("synoptic_listener.cookie", LISTENER_COOKIE),
          is("synoptic_listener.address", LISTENER_ADDRESS),
          is("synoptic_listener.port", LISTENER_PORT),
          is("synoptic_listener.family", LISTENER_FAMILY),
          is("synoptic_listener.known", LISTENER_KNOWN),
          is("synoptic_listener.accept_queue_length", LISTENER_ACCEPT_QUEUE_LENGTH),
          is("synoptic_listener.accept_queue_limit", LISTENER_ACCEPT_QUEUE_LIMIT),
          is("synoptic_listener.drops", LISTENER_DROPS),
          is("synoptic_listener.connections", LISTENER_CONNECTIONS),
          is("synoptic_listener.cgroup", LISTENER_CGROUP),
          is("synoptic_listener.inode", LISTENER_INODE),
          is("synoptic_listener.netns_row", LISTENER_NETNS_ROW),
          is("synoptic_listener.ipv6only", LISTENER_IPV6ONLY),
          is("synoptic_listener.timers", LISTENER_TIMERS),
          is("synoptic_listener.close_wait", LISTENER_CLOSE_WAIT),
          is("synoptic_listener.syn_queue_length", LISTENER_SYN_QUEUE_LENGTH),
          is("synoptic_listener.fast_open_queue_length", LISTENER_FAST_OPEN_QUEUE_LENGTH),
          is("synoptic_owner", OWNER_SIZE),
          is("synoptic_owner.cgroup", OWNER_CGROUP),
          is("synoptic_owner.inbound", OWNER_INBOUND),
          is("synoptic_owner.outbound", OWNER_OUTBOUND),
          is("synoptic_owner.netns_row", OWNER_NETNS_ROW),
          is("synoptic_owner.inbound_queues", OWNER_INBOUND_QUEUES),
          is("synoptic_owner.outbound_queues", OWNER_OUTBOUND_QUEUES),
          is("synoptic_owner.inbound_close_wait", OWNER_INBOUND_CLOSE_WAIT),
          is("synoptic_owner.outbound_close_wait", OWNER_OUTBOUND_CLOSE_WAIT),
          is("synoptic_queues.receive_bytes", QUEUES_RECEIVE_BYTES),
          is("synoptic_queues.send_bytes", QUEUES_SEND_BYTES),
          is("synoptic_queues.receive_connections", QUEUES_RECEIVE_CONNECTIONS),
          is("synoptic_queues.send_connections", QUEUES_SEND_CONNECTIONS),
          is("synoptic_destination", DESTINATION_SIZE),
          is("synoptic_destination.source", DESTINATION_SOURCE),
          is("synoptic_destination.destination", DESTINATION_DESTINATION),
          is("synoptic_destination.port", DESTINATION_PORT),
          is("synoptic_destination.family", DESTINATION_FAMILY),
          is("synoptic_destination.ports", DESTINATION_PORTS),
          is("synoptic_destination.error", DESTINATION_ERROR),
          is("synoptic_destination.netns_row", DESTINATION_NETNS_ROW),
          is("synoptic_destination.time_wait", DESTINATION_TIME_WAIT));

  private SnapshotLayout() {}

  static Map.Entry<String, Long> is(String name, long value) {
    return Map.entry(name, value);
  }
}
