package io.synoptic.internal.ffi;

import static io.synoptic.internal.ffi.SnapshotLayout.is;

import java.util.Map;

/**
 * The layout of {@code struct synoptic_sampler} and its rows, as {@link SnapshotLayout} has that of
 * a snapshot.
 */
final class SamplerLayout {
  static final int ASKED = 0;
  static final int FULL = 1;

  static final int HEADER_ABI = 0;
  static final int HEADER_ASKED = 4;
  static final int HEADER_SOURCE = 8;
  static final int HEADER_FALLBACK_ERROR = 12;
  static final int HEADER_UNLISTED_LISTENERS = 16;
  static final int HEADER_NEWEST = 24;
  static final int HEADER_POLLS = 32;
  static final int HEADER_FAILED_POLLS = 40;
  static final int HEADER_POLL_NANOSECONDS = 48;
  static final int HEADER_ERROR = 56;
  static final int HEADER_OBSERVED_NANOSECONDS = 64;
  static final int HEADER_SERIALS = 72;
  static final int HEADER_ROWS = 80;
  static final int HEADER_SIZE = 96;

  static final int ROW_SERIAL = 0;
  static final int ROW_NETNS_COOKIE = 8;
  static final int ROW_ADDRESS = 16;
  static final int ROW_PORT = 32;
  static final int ROW_FAMILY = 34;
  static final int ROW_KNOWN = 35;
  static final int ROW_GROUP = 36;
  static final int ROW_SOCKETS = 40;
  static final int ROW_SEEN = 48;
  static final int ROW_ACCEPT_QUEUE_LENGTH = 56;
  static final int ROW_ACCEPT_QUEUE_LIMIT = 64;
  static final int ROW_UTILIZATION = 72;
  static final int ROW_DROPS = 80;
  static final int ROW_LENGTH_NANOSECONDS = 88;
  static final int ROW_FULL_NANOSECONDS = 96;
  static final int ROW_UTILIZATION_NANOSECONDS = 104;
  static final int ROW_PEAK_UTILIZATION = 112;
  static final int ROW_SIZE = 120;

  /** What the C side must say of itself, by the names it uses. */
  static final Map<String, Long> EXPECTED =
      Map.ofEntries(
          is("SYNOPTIC_SAMPLER_ASKED", ASKED),
          is("SYNOPTIC_SAMPLER_FULL", FULL),
          is("synoptic_sampler", HEADER_SIZE),
          is("synoptic_sampler.abi", HEADER_ABI),
          is("synoptic_sampler.asked", HEADER_ASKED),
          is("synoptic_sampler.source", HEADER_SOURCE),
          is("synoptic_sampler.fallback_error", HEADER_FALLBACK_ERROR),
          is("synoptic_sampler.unlisted_listeners", HEADER_UNLISTED_LISTENERS),
          is("synoptic_sampler.newest", HEADER_NEWEST),
          is("synoptic_sampler.polls", HEADER_POLLS),
          is("synoptic_sampler.failed_polls", HEADER_FAILED_POLLS),
          is("synoptic_sampler.poll_nanoseconds", HEADER_POLL_NANOSECONDS),
          is("synoptic_sampler.error", HEADER_ERROR),
          is("synoptic_sampler.observed_nanoseconds", HEADER_OBSERVED_NANOSECONDS),
          is("synoptic_sampler.serials", HEADER_SERIALS),
          is("synoptic_sampler.rows", HEADER_ROWS),
          is("synoptic_sampled", ROW_SIZE),
          is("synoptic_sampled.serial", ROW_SERIAL),
          is("synoptic_sampled.netns_cookie", ROW_NETNS_COOKIE),
          is("synoptic_sampled.address", ROW_ADDRESS),
          is("synoptic_sampled.port", ROW_PORT),
          is("synoptic_sampled.family", ROW_FAMILY),
          is("synoptic_sampled.known", ROW_KNOWN),
          is("synoptic_sampled.group", ROW_GROUP),
          is("synoptic_sampled.sockets", ROW_SOCKETS),
          is("synoptic_sampled.seen", ROW_SEEN),
          is("synoptic_sampled.accept_queue_length", ROW_ACCEPT_QUEUE_LENGTH),
          is("synoptic_sampled.accept_queue_limit", ROW_ACCEPT_QUEUE_LIMIT),
          is("synoptic_sampled.utilization", ROW_UTILIZATION),
          is("synoptic_sampled.drops", ROW_DROPS),
          is("synoptic_sampled.length_nanoseconds", ROW_LENGTH_NANOSECONDS),
          is("synoptic_sampled.full_nanoseconds", ROW_FULL_NANOSECONDS),
          is("synoptic_sampled.utilization_nanoseconds", ROW_UTILIZATION_NANOSECONDS),
          is("synoptic_sampled.peak_utilization", ROW_PEAK_UTILIZATION));

  private SamplerLayout() {}
}
