package io.synoptic.internal.procfs;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The kernel's own count of TCP sockets in one network namespace: {@code net/ipv4/proc.c}, {@code
 * net/ipv6/proc.c}. Each scan has its own.
 */
public final class Sockstat {
  private final OnceRead<Map<String, Double>> ipv4;
  private final Path ipv6;

  /**
   * A count that is read when it is asked for.
   *
   * @param process a procfs, or the folder of a process in one
   */
  public Sockstat(Path process) {
    Path file = process.resolve("net/sockstat");
    ipv4 = new OnceRead<>(() -> values(file, "TCP"));
    ipv6 = process.resolve("net/sockstat6");
  }

  /** The values of the line {@code TCP} by their names. */
  Map<String, Double> tcp() throws IOException {
    return ipv4.get();
  }

  /**
   * Hashed sockets of both families and timewait sockets of this namespace; request sockets are not
   * among them. Empty if the files can't be read: that is no reason to lose a scan.
   */
  public OptionalLong inuse() {
    try {
      Map<String, Double> tcp = tcp();
      return tcp.containsKey("inuse") && tcp.containsKey("tw")
          ? OptionalLong.of(Math.round(tcp.get("inuse") + tcp.get("tw")) + Math.round(inuseIpv6()))
          : OptionalLong.empty();
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  private double inuseIpv6() throws IOException {
    try {
      Double inuse = values(ipv6, "TCP6").get("inuse");
      if (inuse == null) {
        throw new IOException(ipv6 + ": no TCP6 inuse");
      }
      return inuse;
    } catch (NoSuchFileException e) {
      return 0; // a kernel without IPv6
    }
  }

  private static Map<String, Double> values(Path file, String protocol) throws IOException {
    Map<String, Double> values = new HashMap<>();
    NameValueText.readPairs(
        file,
        line -> line.equals(protocol) ? name -> true : null,
        (line, name, value) -> values.put(name, value));
    return values;
  }
}
