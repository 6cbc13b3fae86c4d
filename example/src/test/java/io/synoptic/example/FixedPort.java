package io.synoptic.example;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.Scanner;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A port as a server has it: free, and none that the kernel gives out. A listener on one of those
 * has no row of its own in its first minutes.
 */
final class FixedPort {
  private static final int TRIES = 1000;

  /** Found once, so that each who asks gets the same. */
  private static final OptionalInt FOUND = find();

  private FixedPort() {}

  /** Whether there is one: a host may give out every port as ephemeral. */
  static boolean exists() {
    return FOUND.isPresent();
  }

  static int get() {
    return FOUND.orElseThrow();
  }

  private static OptionalInt find() {
    try (Scanner range = new Scanner(Path.of("/proc/sys/net/ipv4/ip_local_port_range"), UTF_8)) {
      int first = range.nextInt();
      int last = range.nextInt();
      return ThreadLocalRandom.current()
          .ints(TRIES, 1024, 65536)
          .filter(port -> port < first || port > last)
          .filter(FixedPort::isFree)
          .findFirst();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }
}
