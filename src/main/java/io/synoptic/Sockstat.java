package io.synoptic;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.OptionalLong;

/** The kernel's own count of TCP sockets: {@code net/ipv4/proc.c}, {@code net/ipv6/proc.c}. */
final class Sockstat {
  private final Path ipv4;
  private final Path ipv6;

  Sockstat(Path procfs) {
    ipv4 = procfs.resolve("net/sockstat");
    ipv6 = procfs.resolve("net/sockstat6");
  }

  /**
   * Hashed sockets of both families and timewait sockets of this namespace; request sockets are not
   * among them. Empty if the files can't be read: that is no reason to lose a scan.
   */
  OptionalLong inuse() {
    try {
      String text = Files.readString(ipv4);
      return OptionalLong.of(
          value(text, "TCP:", "inuse") + value(text, "TCP:", "tw") + inuseIpv6());
    } catch (IOException | NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  private long inuseIpv6() throws IOException {
    try {
      return value(Files.readString(ipv6), "TCP6:", "inuse");
    } catch (NoSuchFileException e) {
      return 0; // a kernel without IPv6
    }
  }

  /** The number behind {@code key} in the line that starts with {@code protocol}. */
  private static long value(String text, String protocol, String key) throws IOException {
    for (String line : text.split("\n", -1)) {
      String[] words = line.split(" ", -1);
      for (int i = 1; words[0].equals(protocol) && i + 1 < words.length; i += 2) {
        if (words[i].equals(key)) {
          return Long.parseLong(words[i + 1]);
        }
      }
    }
    throw new IOException("no " + protocol + " " + key);
  }
}
