package io.synoptic.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Timer;
import java.util.TimerTask;
import java.util.stream.Collectors;

/**
 * What the agent costs the neighbours: a busy server and its client, in a network namespace of
 * their own, share the host's table of connections with this one's sockets: {@code Neighbours
 * SOCKETS ROUNDS SECONDS RESULTS}.
 */
public final class Neighbours {
  /** What runs meanwhile. */
  enum Phase {
    NO_AGENT("no agent"),
    SAMPLER("Synoptic, unscraped: the sampler"),
    SOCK_DIAG("Synoptic, sock_diag"),
    PROC("Synoptic, proc"),
    BPF("Synoptic, bpf");

    private final String title;

    Phase(String title) {
      this.title = title;
    }

    String title() {
      return title;
    }
  }

  static final String HEADER = "sockets,round,phase,exchanges,p50_ns,p99_ns,p999_ns,max_ns";

  /** Exchanges a second: busy, yet with room on two cores for the agent's one. */
  private static final String RATE = "2000";

  /** Early enough that the last one of a phase ends within it. */
  private static final int FIRST_SCRAPE_MILLIS = 1000;

  private static final int SCRAPE_INTERVAL_MILLIS = 5000;

  private Neighbours() {}

  public static void main(String[] args) throws Exception {
    Namespace.requireSharedTable();
    int sockets = Integer.parseInt(args[0]);
    Path results = Path.of(args[3]);
    Files.writeString(results, HEADER + "\n");
    System.err.printf("%,d sockets in the host's table ...%n", sockets);
    try (Population population = Population.established(sockets)) {
      exchange("3");
      for (int round = 1; round <= Integer.parseInt(args[1]); round++) {
        for (Phase phase : Phase.values()) {
          System.err.printf("round %d, %s%n", round, phase.title());
          String line = sockets + "," + round + "," + phase + "," + measure(phase, args[2]) + "\n";
          Files.writeString(results, line, StandardOpenOption.APPEND);
        }
      }
    }
  }

  private static String measure(Phase phase, String seconds) throws Exception {
    if (phase == Phase.NO_AGENT) {
      return exchange(seconds);
    }
    try (RunningAgent agent = RunningAgent.start(options(phase))) {
      Scraper scraper = new Scraper(agent.url());
      scraper.scrape();
      return phase == Phase.SAMPLER ? exchange(seconds) : exchangeDuringScrapes(seconds, scraper);
    }
  }

  private static String[] options(Phase phase) {
    return switch (phase) {
      case PROC -> new String[] {"--source=proc"};
      case BPF -> new String[] {"--source=bpf", "--netns=all"};
      default -> new String[] {"--source=sock_diag"};
    };
  }

  private static String exchangeDuringScrapes(String seconds, Scraper scraper) throws Exception {
    Timer timer = new Timer(true);
    timer.scheduleAtFixedRate(
        new TimerTask() {
          @Override
          public void run() {
            scrape(scraper);
          }
        },
        FIRST_SCRAPE_MILLIS,
        SCRAPE_INTERVAL_MILLIS);
    try {
      return exchange(seconds);
    } finally {
      timer.cancel();
    }
  }

  private static void scrape(Scraper scraper) {
    try {
      scraper.scrape();
    } catch (InterruptedException | IOException e) {
      System.err.println("a scrape broke off: " + e.getMessage());
    }
  }

  /** Runs the server and its client in a new namespace and returns what they print, as CSV. */
  private static String exchange(String seconds) throws Exception {
    long[] figures =
        Spent.figures(
            ProcessBuilder.Redirect.INHERIT,
            List.of(
                "unshare",
                "--net",
                "sh",
                "-ec",
                "ip link set lo up; exec exchange " + RATE + " " + seconds));
    return Arrays.stream(figures).mapToObj(String::valueOf).collect(Collectors.joining(","));
  }
}
