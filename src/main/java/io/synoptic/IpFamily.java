package io.synoptic;

import java.util.List;
import java.util.Locale;

/** The IP version whose segments a socket exchanges. */
public enum IpFamily {
  /** IPv4, v4-mapped sockets ({@code ::ffff:a.b.c.d}) included. */
  IPV4(0),
  /** IPv6, dual-stack listeners ({@code ::}) included. */
  IPV6(1);

  /** Both families. */
  public static final List<IpFamily> ALL = List.of(values());

  private final int number;
  private final String label = name().toLowerCase(Locale.ROOT);

  IpFamily(int number) {
    this.number = number;
  }

  /** The number of this family in {@code synoptic.h}. */
  public int number() {
    return number;
  }

  /** As metrics carry it: {@code ipv4}. */
  public String label() {
    return label;
  }
}
