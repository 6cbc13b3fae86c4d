package io.synoptic.agent.command;

import java.io.IOException;
import java.util.Map;
import picocli.CommandLine.Mixin;

/** What the commands have in common: options, a source, an exit status. */
abstract class HostCommand {
  @Mixin HostOptions host = new HostOptions();

  /**
   * Runs.
   *
   * @return the exit status
   */
  abstract int run(Console console, NowSource source)
      throws UnavailableException, IOException, InterruptedException;

  /** Refuses what the types of the options alone can't. */
  void check() throws UnavailableException {
    Sources.check(host);
  }

  /** The exit status where something else than the command line is wrong. */
  int failed() {
    return 1;
  }

  /** The exit status where the command line can't be used. */
  int misused() {
    return 2;
  }

  final int run(Console console, MetricsWriter metrics, Map<String, String> environment)
      throws UnavailableException, IOException, InterruptedException {
    try (NowSource source = Sources.open(host, metrics, environment)) {
      return run(console, source);
    }
  }
}
