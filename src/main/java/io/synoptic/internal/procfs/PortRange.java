package io.synoptic.internal.procfs;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Ports from one to another, both included.
 *
 * @param first the lowest
 * @param last the highest
 */
public record PortRange(int first, int last) {
  /** What a kernel starts with. */
  public static final PortRange DEFAULT_EPHEMERAL = new PortRange(32768, 60999);

  /**
   * The local ports that the kernel gives out by itself, {@code net.ipv4.ip_local_port_range}: of
   * this namespace.
   */
  public static OnceRead<PortRange> ephemeral(Path procfs) {
    Path file = procfs.resolve("sys/net/ipv4/ip_local_port_range");
    return new OnceRead<>(
        () -> {
          double[] ends = KernelFile.numbers(file, 2);
          return new PortRange((int) ends[0], (int) ends[1]);
        });
  }

  public boolean contains(int port) {
    return port >= first && port <= last;
  }

  /**
   * How many ports are left without those reserved.
   *
   * @param reserved a file such as {@code ip_local_reserved_ports}, of ports and ranges that may
   *     lie outside: {@code 8080,40000-40009}; the kernel sorts them and has none of them overlap
   */
  long without(Path reserved) throws IOException {
    long left = size();
    String text;
    try {
      text = KernelFile.text(reserved).strip();
    } catch (NoSuchFileException e) {
      return left;
    }
    for (String part : text.isEmpty() ? new String[0] : text.split(",", -1)) {
      String[] ends = part.split("-", 2);
      int from = (int) KernelFile.number(reserved, ends[0].strip());
      int to = ends.length == 1 ? from : (int) KernelFile.number(reserved, ends[1].strip());
      left -= new PortRange(Math.max(first, from), Math.min(last, to)).size();
    }
    return left;
  }

  private long size() {
    return Math.max(0, last - first + 1);
  }
}
