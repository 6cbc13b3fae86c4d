package io.synoptic;

import java.time.Duration;

/**
 * Connections in {@code close_wait} by age: the time since the last acknowledgement from the peer,
 * which came with its FIN. A later one sets the age back to 0: an answer to keepalive, or to what
 * the program still sends.
 *
 * @param oldest the highest age; zero if there is no connection
 * @param overOneMinute connections that are older than a minute
 * @param overTenMinutes those of them that are older than ten
 * @param overOneHour those of them that are older than an hour
 */
public record CloseWaitAges(
    Duration oldest, long overOneMinute, long overTenMinutes, long overOneHour) {
  /** No connection. */
  public static final CloseWaitAges NONE = new CloseWaitAges(Duration.ZERO, 0, 0, 0);

  /** Both together. */
  public CloseWaitAges plus(CloseWaitAges more) {
    return new CloseWaitAges(
        oldest.compareTo(more.oldest) < 0 ? more.oldest : oldest,
        overOneMinute + more.overOneMinute,
        overTenMinutes + more.overTenMinutes,
        overOneHour + more.overOneHour);
  }
}
