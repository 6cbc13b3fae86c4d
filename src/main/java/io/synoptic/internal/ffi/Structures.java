package io.synoptic.internal.ffi;

import static io.synoptic.internal.ffi.SnapshotLayout.CLOSE_WAIT_OLDEST;
import static io.synoptic.internal.ffi.SnapshotLayout.CLOSE_WAIT_OVER_ONE_HOUR;
import static io.synoptic.internal.ffi.SnapshotLayout.CLOSE_WAIT_OVER_ONE_MINUTE;
import static io.synoptic.internal.ffi.SnapshotLayout.CLOSE_WAIT_OVER_TEN_MINUTES;
import static io.synoptic.internal.ffi.SnapshotLayout.QUEUES_RECEIVE_BYTES;
import static io.synoptic.internal.ffi.SnapshotLayout.QUEUES_RECEIVE_CONNECTIONS;
import static io.synoptic.internal.ffi.SnapshotLayout.QUEUES_SEND_BYTES;
import static io.synoptic.internal.ffi.SnapshotLayout.QUEUES_SEND_CONNECTIONS;
import static io.synoptic.internal.ffi.SnapshotLayout.TIMERS_KEEPALIVE;
import static io.synoptic.internal.ffi.SnapshotLayout.TIMERS_REPEATED_SYN;
import static io.synoptic.internal.ffi.SnapshotLayout.TIMERS_RETRANSMITTING;
import static io.synoptic.internal.ffi.SnapshotLayout.TIMERS_ZERO_WINDOW;

import io.synoptic.CloseWaitAges;
import io.synoptic.IpFamily;
import io.synoptic.QueueCounts;
import io.synoptic.TimerCounts;
import java.nio.ByteBuffer;
import java.time.Duration;

/** The structures that rows of several tables have, each at an offset in bytes. */
final class Structures {
  private Structures() {}

  static IpFamily family(ByteBuffer buffer, int at) {
    int number = Byte.toUnsignedInt(buffer.get(at));
    if (number >= IpFamily.ALL.size()) {
      throw new IllegalStateException(
          "libsynoptic names a family that this version doesn't know: " + number);
    }
    return IpFamily.ALL.get(number);
  }

  static TimerCounts timers(ByteBuffer buffer, int at) {
    return new TimerCounts(
        unsignedInt(buffer, at + TIMERS_RETRANSMITTING),
        unsignedInt(buffer, at + TIMERS_ZERO_WINDOW),
        unsignedInt(buffer, at + TIMERS_REPEATED_SYN),
        unsignedInt(buffer, at + TIMERS_KEEPALIVE));
  }

  static QueueCounts queues(ByteBuffer buffer, int at) {
    return new QueueCounts(
        buffer.getLong(at + QUEUES_RECEIVE_BYTES),
        buffer.getLong(at + QUEUES_SEND_BYTES),
        unsignedInt(buffer, at + QUEUES_RECEIVE_CONNECTIONS),
        unsignedInt(buffer, at + QUEUES_SEND_CONNECTIONS));
  }

  static CloseWaitAges closeWait(ByteBuffer buffer, int at) {
    return new CloseWaitAges(
        Duration.ofMillis(unsignedInt(buffer, at + CLOSE_WAIT_OLDEST)),
        unsignedInt(buffer, at + CLOSE_WAIT_OVER_ONE_MINUTE),
        unsignedInt(buffer, at + CLOSE_WAIT_OVER_TEN_MINUTES),
        unsignedInt(buffer, at + CLOSE_WAIT_OVER_ONE_HOUR));
  }

  private static long unsignedInt(ByteBuffer buffer, int at) {
    return Integer.toUnsignedLong(buffer.getInt(at));
  }
}
