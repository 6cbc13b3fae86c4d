package io.synoptic;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The local ports that the kernel gives out by itself: {@code net.ipv4.ip_local_port_range}.
 *
 * @param first the lowest of them
 * @param last the highest
 */
record EphemeralPorts(int first, int last) {
  /** A kernel's own setting. */
  static final EphemeralPorts DEFAULT = new EphemeralPorts(32768, 60999);

  /** This namespace's setting; the kernel's own if it can't be read. */
  static EphemeralPorts read(Path procfs) {
    try {
      String text = Files.readString(procfs.resolve("sys/net/ipv4/ip_local_port_range"));
      String[] ends = text.strip().split("\\s+", -1);
      return new EphemeralPorts(Integer.parseInt(ends[0]), Integer.parseInt(ends[1]));
    } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException e) {
      return DEFAULT;
    }
  }

  boolean contains(int port) {
    return port >= first && port <= last;
  }
}
