package io.synoptic;

import java.util.BitSet;

/** A set of TCP ports. Immutable. */
public final class PortSet {
  private static final int MOST = 65535;

  /** No port. */
  public static final PortSet NONE = new PortSet(new BitSet());

  private final BitSet ports;

  private PortSet(BitSet ports) {
    this.ports = ports;
  }

  /**
   * The ports of a list such as {@code 8080,30000-32767}.
   *
   * @throws IllegalArgumentException if it can't be read; the message says what and why
   */
  public static PortSet parse(String list) {
    BitSet ports = new BitSet();
    for (String item : list.split(",", -1)) {
      String[] ends = item.strip().split("-", -1);
      int first = port(item, ends[0]);
      int last = ends.length == 1 ? first : port(item, ends[1]);
      if (ends.length > 2 || last < first) {
        throw new IllegalArgumentException("'" + item + "' is no range of ports");
      }
      ports.set(first, last + 1);
    }
    return new PortSet(ports);
  }

  private static int port(String item, String text) {
    if (!text.matches("[0-9]{1,5}")
        || Integer.parseInt(text) == 0
        || Integer.parseInt(text) > MOST) {
      throw new IllegalArgumentException(
          "'" + item + "' is no port: write numbers from 1 to 65535, such as 8080,30000-32767");
    }
    return Integer.parseInt(text);
  }

  /** Whether the port is in the set. */
  public boolean contains(int port) {
    return ports.get(port);
  }
}
