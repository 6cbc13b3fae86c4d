package io.synoptic.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How long ./run takes to a first good scrape, and how large the agent is after 20, in the almost
 * empty network namespace it runs in: {@code Startup TIMES RESULTS}.
 */
public final class Startup {
  static final String HEADER = "start_ms,rss_kib";

  private static final int SCRAPES = 20;

  private Startup() {}

  public static void main(String[] args) throws Exception {
    Namespace.requireOwnTable();
    List<String> lines = new ArrayList<>(List.of(HEADER));
    // The first fills the page cache and connects this program's HTTP client for the first time.
    once();
    for (int time = 0; time < Integer.parseInt(args[0]); time++) {
      lines.add(once());
    }
    Files.write(Path.of(args[1]), lines);
  }

  private static String once() throws Exception {
    long start = System.nanoTime();
    try (RunningAgent agent =
        RunningAgent.start("--scan.min-interval=0s", "--scan.cpu-budget=off")) {
      Scraper scraper = new Scraper(agent.url());
      if (!scraper.scrape().contains("synoptic_tcp_sockets{")) {
        throw new IllegalStateException("the first scrape has no sockets");
      }
      double millis = (System.nanoTime() - start) / 1e6;
      for (int scrape = 1; scrape < SCRAPES; scrape++) {
        scraper.scrape();
      }
      return String.format(Locale.ROOT, "%.1f,%d", millis, Daemon.kib(agent.process(), "VmRSS"));
    }
  }
}
