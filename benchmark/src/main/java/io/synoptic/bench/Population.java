package io.synoptic.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Sockets in this network namespace, made and held by tcplab. */
final class Population implements AutoCloseable {
  private final Process process;

  private Population(Process process) {
    this.process = process;
  }

  /**
   * Established sockets, one half IPv4 and one half IPv6.
   *
   * @param sockets a multiple of 4, for a connection is two sockets
   */
  static Population established(int sockets) throws IOException {
    return made("ipv4:established=" + sockets / 4, "ipv6:established=" + sockets / 4);
  }

  /** Listeners, on ports that the kernel gives out to nobody. */
  static Population listeners(int listeners) throws IOException {
    return made("ipv4:listener=" + listeners + ",backlog=128");
  }

  /** Established sockets in a network namespace of their own, which ends with them. */
  static Population elsewhere(int sockets) throws IOException {
    return started(
        List.of(
            "unshare",
            "--net",
            "sh",
            "-ec",
            "ip link set lo up; exec tcplab \"$@\"",
            "sh",
            "ipv4:established=" + sockets / 4,
            "ipv6:established=" + sockets / 4));
  }

  /** What tcplab is to make, in its own words. */
  static Population made(String... populations) throws IOException {
    List<String> command = new ArrayList<>(List.of("tcplab"));
    command.addAll(List.of(populations));
    return started(command);
  }

  private static Population started(List<String> command) throws IOException {
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    BufferedReader lines = process.inputReader();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.equals("ready")) {
        return new Population(process);
      }
    }
    throw new IOException("could not be made: " + String.join(" ", command));
  }

  /** The file that names the network namespace it is in. */
  String namespace() {
    return "/proc/" + process.pid() + "/ns/net";
  }

  @Override
  public void close() throws Exception {
    process.getOutputStream().close();
    process.waitFor();
  }
}
