package io.synoptic;

import java.util.List;
import java.util.Locale;

/**
 * The states of a TCP socket, in the order and with the numbers of the kernel ({@code
 * include/net/tcp_states.h}).
 */
public enum TcpState {
  /** Data flows both ways. */
  ESTABLISHED(1),
  /** A SYN was sent; its answer is awaited. */
  SYN_SENT(2),
  /** A SYN was answered; the last ACK of the handshake is awaited. Request sockets. */
  SYN_RECV(3),
  /** A FIN was sent; its ACK is awaited. */
  FIN_WAIT1(4),
  /** Our FIN was acknowledged; the peer's is awaited. */
  FIN_WAIT2(5),
  /** Closed both ways; stray segments are awaited for a minute. Timewait sockets. */
  TIME_WAIT(6),
  /** Closed and in no table of the kernel's: its count is 0 at any time. */
  CLOSE(7),
  /** The peer has closed; our program has not. */
  CLOSE_WAIT(8),
  /** Both have closed; the ACK of our FIN is awaited. */
  LAST_ACK(9),
  /** Waits for connections. */
  LISTEN(10),
  /** Both have closed at once; the ACK of our FIN is awaited. */
  CLOSING(11);

  /** Every state, in the kernel's order. */
  public static final List<TcpState> ALL = List.of(values());

  private final int number;
  private final String label;

  TcpState(int number) {
    this.number = number;
    this.label = name().toLowerCase(Locale.ROOT);
  }

  /** The kernel's number of this state, 1 to 11. */
  public int number() {
    return number;
  }

  /** The kernel's spelling in lower case, as metrics carry it: {@code time_wait}. */
  public String label() {
    return label;
  }
}
