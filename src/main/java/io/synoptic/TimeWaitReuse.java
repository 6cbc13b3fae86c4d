package io.synoptic;

import java.util.List;

/**
 * Which local ports in {@code time_wait} a new connection to the same destination may take after a
 * second: {@code net.ipv4.tcp_tw_reuse}, by its numbers. Without TCP timestamps it takes none.
 */
public enum TimeWaitReuse {
  /** None. */
  NONE(0),
  /** All. */
  ALL_PORTS(1),
  /** Those with an address of the loopback interface: the kernel's default. */
  LOOPBACK(2);

  /** Every mode, in the order of the numbers. */
  public static final List<TimeWaitReuse> ALL = List.of(values());

  private final int number;

  TimeWaitReuse(int number) {
    this.number = number;
  }

  /** The sysctl's number of this mode. */
  public int number() {
    return number;
  }
}
