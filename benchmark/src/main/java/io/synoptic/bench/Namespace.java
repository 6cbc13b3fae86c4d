package io.synoptic.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The table of connections that this network namespace uses. */
final class Namespace {
  /** Negative where the namespace shares the host's; Linux 6.1 has it. */
  private static final Path BUCKETS = Path.of("/proc/sys/net/ipv4/tcp_ehash_entries");

  private Namespace() {}

  static void requireOwnTable() throws IOException {
    if (buckets() < 0) {
      throw new IOException("no table of connections of its own: Linux 6.1 or newer is needed");
    }
  }

  static void requireSharedTable() throws IOException {
    if (buckets() > 0) {
      throw new IOException("a table of its own: set net.ipv4.tcp_child_ehash_entries to 0");
    }
  }

  private static long buckets() throws IOException {
    // Not readString(): it asks for one byte first, and sysctls answer once.
    return Long.parseLong(Files.readAllLines(BUCKETS).get(0));
  }
}
