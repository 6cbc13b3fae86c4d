package io.synoptic.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** An agent, started in this network namespace as a user starts it: with ./run. */
record RunningAgent(Process process, String url) implements AutoCloseable {
  private static final String READY = "Synoptic answers at ";

  /** Returns when it answers. */
  static RunningAgent start(String... options) throws IOException {
    List<String> command =
        new ArrayList<>(List.of("./run", "--web.listen-address=" + Entrant.ADDRESS + ":0"));
    command.addAll(List.of(options));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    BufferedReader lines = process.inputReader();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.startsWith(READY)) {
        return new RunningAgent(process, line.substring(READY.length()));
      }
    }
    throw new IOException("./run ended without an answer");
  }

  @Override
  public void close() throws InterruptedException {
    Daemon.end(process);
  }
}
