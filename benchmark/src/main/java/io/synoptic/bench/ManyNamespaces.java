package io.synoptic.bench;

import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * What it costs to read all of many network namespaces in the host's table of connections: {@code
 * ManyNamespaces NAMESPACES SOCKETS ROUNDS LAUNCHER RESULTS}, with so many sockets in each. Results
 * are appended.
 *
 * <p>In each round, in turn, each of them is entered and dumped, and one scan through BPF sees them
 * all: both in C, which count and no more. Then an agent is scraped.
 */
public final class ManyNamespaces {
  /** From an agent's start until it shows what has no pod. */
  private static final int SHOWN_AFTER_MILLIS = 11_000;

  private static final int WARM_UP = 20;
  private static final int SCRAPES = 10;

  private ManyNamespaces() {}

  public static void main(String[] args) throws Exception {
    Namespace.requireSharedTable();
    int namespaces = Integer.parseInt(args[0]);
    int sockets = Integer.parseInt(args[1]);
    Path results = Path.of(args[4]);
    if (Files.notExists(results)) {
      Files.writeString(results, Scans.HEADER + "\n");
    }
    System.err.printf("%,d namespaces of %,d sockets ...%n", namespaces, sockets);
    List<Population> populations = new ArrayList<>();
    try {
      for (int i = 0; i < namespaces; i++) {
        populations.add(Population.elsewhere(sockets));
      }
      for (int round = 1; round <= Integer.parseInt(args[2]); round++) {
        System.err.printf("%,d namespaces, round %d%n", namespaces, round);
        long[] figures = readByC(args[3], populations);
        Scans scans =
            new Scans(
                namespaces, sockets, round, figures[0], figures[1], figures[2], readByAgent());
        Files.writeString(results, scans.csv() + "\n", StandardOpenOption.APPEND);
      }
    } finally {
      for (Population population : populations) {
        population.close();
      }
    }
  }

  private static long[] readByC(String launcher, List<Population> populations) throws Exception {
    List<String> command = new ArrayList<>(List.of("node", launcher));
    populations.forEach(population -> command.add(population.namespace()));
    return Spent.figures(Redirect.INHERIT, command);
  }

  /** The CPU of one scrape, with counters and text. */
  private static long readByAgent() throws Exception {
    try (RunningAgent agent =
        RunningAgent.start(
            "--source=bpf", "--netns=all", "--scan.min-interval=0s", "--scan.cpu-budget=off")) {
      Scraper scraper = new Scraper(agent.url());
      scraper.scrape();
      Thread.sleep(SHOWN_AFTER_MILLIS);
      for (int i = 0; i < WARM_UP; i++) {
        scraper.scrape();
      }
      long cpu = Spent.of(agent.process().pid());
      for (int i = 0; i < SCRAPES; i++) {
        scraper.scrape();
      }
      return (Spent.of(agent.process().pid()) - cpu) / SCRAPES;
    }
  }
}
