package io.synoptic;

import java.util.Locale;

/** Where the sockets are read from. */
public enum Source {
  /** The best source that works here; a snapshot names the one that was taken. */
  AUTO(0),
  /** A netlink dump ({@code net/ipv4/inet_diag.c}): needs no privilege. */
  SOCK_DIAG(1),
  /** {@code /proc/net/tcp} and {@code tcp6}: slower, and has less. */
  PROC(2),
  /**
   * The kernel's own tables, with every network namespace: a BPF program that was loaded before.
   */
  BPF(3);

  private final int number;
  private final String label = name().toLowerCase(Locale.ROOT);

  Source(int number) {
    this.number = number;
  }

  /** The number of this source in {@code synoptic.h}. */
  public int number() {
    return number;
  }

  /** As metrics and options carry it: {@code sock_diag}. */
  public String label() {
    return label;
  }
}
