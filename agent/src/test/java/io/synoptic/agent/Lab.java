package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A population of TCP states, made and held by tcplab. */
final class Lab implements AutoCloseable {
  private final Process process;
  private final Map<String, Long> sockets;

  private Lab(Process process, Map<String, Long> sockets) {
    this.process = process;
    this.sockets = sockets;
  }

  /** Makes the population in a namespace, as {@code tcplab --help} describes it. */
  static Lab in(NetworkNamespace namespace, String... population) throws Exception {
    List<String> arguments = new ArrayList<>(List.of(RunningAgent.built("tcplab")));
    arguments.addAll(List.of(population));
    Process process =
        new ProcessBuilder(namespace.command(arguments.toArray(String[]::new)))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    Map<String, Long> sockets = new HashMap<>();
    BufferedReader lines = process.inputReader();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.equals("ready")) {
        return new Lab(process, sockets);
      }
      String[] words = line.split(" ", -1);
      if (words.length == 3) {
        // v4-mapped sockets count as IPv4.
        sockets.merge(
            words[0].replace("mapped", "ipv4") + " " + words[1],
            Long.parseLong(words[2]),
            Long::sum);
      }
    }
    throw new AssertionError("tcplab ended with " + process.waitFor());
  }

  /** How many sockets it made, by {@code "family state"}; 0 is left out. */
  Map<String, Long> sockets() {
    return sockets;
  }

  /** Of the process that holds them. */
  long pid() {
    return process.pid();
  }

  @Override
  public void close() throws Exception {
    try {
      process.getOutputStream().close();
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
    } finally {
      process.destroyForcibly();
    }
  }
}
