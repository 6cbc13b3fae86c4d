package io.synoptic.bench;

import java.io.BufferedReader;
import java.io.IOException;

/** Established sockets in this network namespace, made and held by tcplab. */
final class Population implements AutoCloseable {
  private final Process process;

  private Population(Process process) {
    this.process = process;
  }

  /**
   * Makes them, one half IPv4 and one half IPv6.
   *
   * @param sockets a multiple of 4, for a connection is two sockets
   */
  static Population established(int sockets) throws IOException {
    Process process =
        new ProcessBuilder(
                "tcplab", "ipv4:established=" + sockets / 4, "ipv6:established=" + sockets / 4)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    BufferedReader lines = process.inputReader();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.equals("ready")) {
        return new Population(process);
      }
    }
    throw new IOException("tcplab could not make " + sockets + " sockets");
  }

  @Override
  public void close() throws Exception {
    process.getOutputStream().close();
    process.waitFor();
  }
}
