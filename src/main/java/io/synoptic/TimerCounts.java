package io.synoptic;

/**
 * Connections by the timer that the kernel reports of each ({@code idiag_timer}). It reports one:
 * that for what was sent and isn't acknowledged yet, else that of a zero window, else that of
 * keepalive.
 *
 * @param retransmitting with a segment that was repeated and still isn't acknowledged, the next
 *     ones left out
 * @param zeroWindow that probe a peer whose window has no room for what waits to be sent
 * @param repeatedSyn in {@code syn_sent} and {@code syn_recv}, with a SYN or SYN-ACK that was
 *     repeated; through proc without those that answered a repeated SYN
 * @param keepalive idle ones with SO_KEEPALIVE
 */
public record TimerCounts(long retransmitting, long zeroWindow, long repeatedSyn, long keepalive) {
  /** No connection with any timer. */
  public static final TimerCounts ZERO = new TimerCounts(0, 0, 0, 0);

  /** Both together. */
  public TimerCounts plus(TimerCounts more) {
    return new TimerCounts(
        retransmitting + more.retransmitting,
        zeroWindow + more.zeroWindow,
        repeatedSyn + more.repeatedSyn,
        keepalive + more.keepalive);
  }
}
