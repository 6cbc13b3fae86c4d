package io.synoptic;

import java.util.List;
import java.util.Locale;

/** Why a connection that was begun here was never established: {@code sk_err}. */
public enum ConnectFailure {
  /** The peer has answered with a reset: ECONNREFUSED. */
  REFUSED(0),
  /** No answer came: ETIMEDOUT. */
  TIMED_OUT(1),
  /** A router has answered that there is no way: EHOSTUNREACH, ENETUNREACH and others. */
  UNREACHABLE(2),
  /** A reset came after both had sent a SYN: ECONNRESET. */
  RESET(3),
  /** The program has closed the socket before an answer came, or a tool has. */
  ABORTED(4),
  /** No local port was free: EADDRNOTAVAIL. */
  NO_PORT(5),
  /** Any other error. */
  OTHER(6);

  /** Every reason. */
  public static final List<ConnectFailure> ALL = List.of(values());

  private final int number;
  private final String label = name().toLowerCase(Locale.ROOT);

  ConnectFailure(int number) {
    this.number = number;
  }

  /** The number of this reason in {@code synoptic.h}. */
  public int number() {
    return number;
  }

  /** As metrics carry it: {@code timed_out}. */
  public String label() {
    return label;
  }
}
