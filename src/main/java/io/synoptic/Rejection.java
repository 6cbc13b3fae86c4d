package io.synoptic;

import java.util.List;
import java.util.Locale;

/** Why a netlink message, or a record of the BPF program's, was rejected: skipped and counted. */
public enum Rejection {
  /** Not sent by the kernel. */
  SENDER(0),
  /** Answers another request. */
  SEQUENCE(1),
  /** Meant for another socket. */
  PORTID(2),
  /** Of a socket or process that changed while it was read. */
  RECORD(3),
  /** The rest of a chain, or list, that is too long to be read at once: it is not counted. */
  CHAIN(4);

  /** Every reason. */
  public static final List<Rejection> ALL = List.of(values());

  private final int number;
  private final String label = name().toLowerCase(Locale.ROOT);

  Rejection(int number) {
    this.number = number;
  }

  /** The number of this reason in {@code synoptic.h}. */
  public int number() {
    return number;
  }

  /** As metrics carry it: {@code sequence}. */
  public String label() {
    return label;
  }
}
