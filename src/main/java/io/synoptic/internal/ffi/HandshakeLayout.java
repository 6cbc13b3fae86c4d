package io.synoptic.internal.ffi;

import static io.synoptic.internal.ffi.SnapshotLayout.is;

import io.synoptic.ConnectFailure;
import io.synoptic.ConnectionClose;
import io.synoptic.HandshakeCounts;
import java.util.Map;

/**
 * The layout of {@code struct synoptic_handshakes} and its rows, as {@link SnapshotLayout} has that
 * of a snapshot.
 */
public final class HandshakeLayout {
  static final int MOST_ROWS = 65536;

  static final int INBOUND = 0;
  public static final int OUTBOUND = 1;

  static final int HEADER_ABI = 0;
  static final int HEADER_MORE = 8;
  public static final int HEADER_MISSED_EVENTS = 16;
  public static final int HEADER_BOUNDS = 24;
  public static final int HEADER_KEYS = 296;
  public static final int HEADER_COUNTS = 312;
  public static final int HEADER_SIZE = 328;

  public static final int KEY_NETNS_COOKIE = 0;
  public static final int KEY_ADDRESS = 8;
  public static final int KEY_CGROUP = 8;
  public static final int KEY_PORT = 24;
  public static final int KEY_FAMILY = 26;
  public static final int KEY_DIRECTION = 27;
  public static final int KEY_SIZE = 32;

  public static final int COUNTS_SINCE = 0;
  static final int COUNTS_LAST = 8;
  public static final int COUNTS_OPENED = 16;
  static final int COUNTS_DURATION_MICROSECONDS = 24;
  static final int COUNTS_CLOSED = 32;
  static final int COUNTS_FAILED = 104;
  static final int COUNTS_REPEATED = 160;
  static final int COUNTS_SYNCOOKIES = 208;
  static final int COUNTS_SYN_ACKS_REPEATED = 216;
  public static final int COUNTS_DURATIONS = 224;
  public static final int COUNTS_SIZE = 360;

  /** What the C side must say of itself, by the names it uses. */
  static final Map<String, Long> EXPECTED =
      Map.ofEntries(
          is("SYNOPTIC_HANDSHAKES_MOST", MOST_ROWS),
          is("SYNOPTIC_DURATION_CELLS", HandshakeCounts.CELL_BOUNDS.size() + 1),
          is("SYNOPTIC_INBOUND", INBOUND),
          is("SYNOPTIC_OUTBOUND", OUTBOUND),
          is("SYNOPTIC_CLOSED_BY_LOCAL", ConnectionClose.By.LOCAL.number()),
          is("SYNOPTIC_CLOSED_BY_PEER", ConnectionClose.By.PEER.number()),
          is("SYNOPTIC_CLOSED_BY_BOTH", ConnectionClose.By.BOTH.number()),
          is("SYNOPTIC_CLOSED_BY", ConnectionClose.By.values().length),
          is("SYNOPTIC_CLOSED_FIN", ConnectionClose.How.FIN.number()),
          is("SYNOPTIC_CLOSED_RESET", ConnectionClose.How.RESET.number()),
          is("SYNOPTIC_CLOSED_TIMEOUT", ConnectionClose.How.TIMEOUT.number()),
          is("SYNOPTIC_CLOSED_HOW", ConnectionClose.How.values().length),
          is("SYNOPTIC_FAILED_REFUSED", ConnectFailure.REFUSED.number()),
          is("SYNOPTIC_FAILED_TIMED_OUT", ConnectFailure.TIMED_OUT.number()),
          is("SYNOPTIC_FAILED_UNREACHABLE", ConnectFailure.UNREACHABLE.number()),
          is("SYNOPTIC_FAILED_RESET", ConnectFailure.RESET.number()),
          is("SYNOPTIC_FAILED_ABORTED", ConnectFailure.ABORTED.number()),
          is("SYNOPTIC_FAILED_NO_PORT", ConnectFailure.NO_PORT.number()),
          is("SYNOPTIC_FAILED_OTHER", ConnectFailure.OTHER.number()),
          is("SYNOPTIC_FAILURES", ConnectFailure.ALL.size()),
          is("SYNOPTIC_REPEATS", HandshakeCounts.MOST_REPEATS),
          is("synoptic_handshakes", HEADER_SIZE),
          is("synoptic_handshakes.abi", HEADER_ABI),
          is("synoptic_handshakes.more", HEADER_MORE),
          is("synoptic_handshakes.missed_events", HEADER_MISSED_EVENTS),
          is("synoptic_handshakes.bounds", HEADER_BOUNDS),
          is("synoptic_handshakes.keys", HEADER_KEYS),
          is("synoptic_handshakes.counts", HEADER_COUNTS),
          is("synoptic_handshake_key", KEY_SIZE),
          is("synoptic_handshake_key.netns_cookie", KEY_NETNS_COOKIE),
          is("synoptic_handshake_key.address", KEY_ADDRESS),
          is("synoptic_handshake_key.cgroup", KEY_CGROUP),
          is("synoptic_handshake_key.port", KEY_PORT),
          is("synoptic_handshake_key.family", KEY_FAMILY),
          is("synoptic_handshake_key.direction", KEY_DIRECTION),
          is("synoptic_handshake_counts", COUNTS_SIZE),
          is("synoptic_handshake_counts.since", COUNTS_SINCE),
          is("synoptic_handshake_counts.last", COUNTS_LAST),
          is("synoptic_handshake_counts.opened", COUNTS_OPENED),
          is("synoptic_handshake_counts.duration_microseconds", COUNTS_DURATION_MICROSECONDS),
          is("synoptic_handshake_counts.closed", COUNTS_CLOSED),
          is("synoptic_handshake_counts.failed", COUNTS_FAILED),
          is("synoptic_handshake_counts.repeated", COUNTS_REPEATED),
          is("synoptic_handshake_counts.syncookies", COUNTS_SYNCOOKIES),
          is("synoptic_handshake_counts.syn_acks_repeated", COUNTS_SYN_ACKS_REPEATED),
          is("synoptic_handshake_counts.durations", COUNTS_DURATIONS));

  private HandshakeLayout() {}
}
