package io.synoptic;

import java.util.Map;

/**
 * The layout of {@code struct synoptic_snapshot} and its tables as this version reads it: sizes and
 * offsets in bytes. A test holds it against the library's own {@code synoptic_layout()}.
 */
final class SnapshotLayout {
  static final int ABI = 1;

  static final int HEADER_ABI = 0;
  static final int HEADER_SOURCE = 8;
  static final int HEADER_FALLBACK_ERROR = 12;
  static final int HEADER_TABLES = 16;
  static final int HEADER_SCANNED_SOCKETS = 24;
  static final int HEADER_DUPLICATE_SOCKETS = 32;
  static final int HEADER_REJECTED_MESSAGES = 40;
  static final int HEADER_TABLE = 64;

  static final int TABLE_SIZE = 16;
  static final int TABLE_OFFSET = 0;
  static final int TABLE_COUNT = 4;
  static final int TABLE_STRIDE = 8;

  /** The number of the table of network namespaces. */
  static final int NAMESPACES = 0;

  /** States a family has room for, number 0 unused. */
  static final int STATES = 12;

  static final int NAMESPACE_SOCKETS = 0;
  static final int NAMESPACE_RECEIVE_QUEUE_BYTES = 192;
  static final int NAMESPACE_SEND_QUEUE_BYTES = 200;

  /** What the C side must say of itself, by the names it uses. */
  static final Map<String, Long> EXPECTED =
      Map.ofEntries(
          is("SYNOPTIC_ABI", ABI),
          is("SYNOPTIC_SOURCE_AUTO", Source.AUTO.number()),
          is("SYNOPTIC_SOURCE_SOCK_DIAG", Source.SOCK_DIAG.number()),
          is("SYNOPTIC_SOURCE_PROC", Source.PROC.number()),
          is("SYNOPTIC_IPV4", IpFamily.IPV4.number()),
          is("SYNOPTIC_IPV6", IpFamily.IPV6.number()),
          is("SYNOPTIC_FAMILIES", IpFamily.ALL.size()),
          is("SYNOPTIC_STATES", STATES),
          is("SYNOPTIC_REJECTED_SENDER", Rejection.SENDER.number()),
          is("SYNOPTIC_REJECTED_SEQUENCE", Rejection.SEQUENCE.number()),
          is("SYNOPTIC_REJECTED_PORTID", Rejection.PORTID.number()),
          is("SYNOPTIC_REJECTIONS", Rejection.ALL.size()),
          is("SYNOPTIC_NAMESPACES", NAMESPACES),
          is("synoptic_table", TABLE_SIZE),
          is("synoptic_table.offset", TABLE_OFFSET),
          is("synoptic_table.count", TABLE_COUNT),
          is("synoptic_table.stride", TABLE_STRIDE),
          is("synoptic_snapshot.abi", HEADER_ABI),
          is("synoptic_snapshot.source", HEADER_SOURCE),
          is("synoptic_snapshot.fallback_error", HEADER_FALLBACK_ERROR),
          is("synoptic_snapshot.tables", HEADER_TABLES),
          is("synoptic_snapshot.scanned_sockets", HEADER_SCANNED_SOCKETS),
          is("synoptic_snapshot.duplicate_sockets", HEADER_DUPLICATE_SOCKETS),
          is("synoptic_snapshot.rejected_messages", HEADER_REJECTED_MESSAGES),
          is("synoptic_snapshot.table", HEADER_TABLE),
          is("synoptic_namespace.sockets", NAMESPACE_SOCKETS),
          is("synoptic_namespace.receive_queue_bytes", NAMESPACE_RECEIVE_QUEUE_BYTES),
          is("synoptic_namespace.send_queue_bytes", NAMESPACE_SEND_QUEUE_BYTES));

  private SnapshotLayout() {}

  private static Map.Entry<String, Long> is(String name, long value) {
    return Map.entry(name, value);
  }
}
