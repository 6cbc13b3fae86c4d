package io.synoptic;

import java.util.Locale;

/** Which side began a connection, by its local port. */
public enum Direction {
  /** It belongs to a listener: a peer began it. */
  INBOUND,
  /** It belongs to no listener: it was begun here, or its listener is gone. */
  OUTBOUND;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** As metrics carry it: {@code inbound}. */
  public String label() {
    return label;
  }
}
