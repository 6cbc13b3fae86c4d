package io.synoptic.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Timer;
import java.util.TimerTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What people who look at the page cost a scrape: {@code Viewers ROUNDS SECONDS RESULTS}. An agent
 * on an everyday host is scraped once a second, with as many viewers as {@link #VIEWERS} says in
 * turn. Each asks for /api/v1/now once a second, as the page does.
 */
public final class Viewers {
  static final String HEADER =
      "round,viewers,scrapes,scrape_p50_us,agent_cpu_ms_a_second,answers,bytes";

  private static final int[] VIEWERS = {0, 1, 10};
  private static final int PERIOD_MILLIS = 1000;

  private final String url;
  private final Scraper scraper;
  private final long pid;

  private Viewers(RunningAgent agent) {
    url = URI.create(agent.url()).resolve("/api/v1/now").toString();
    scraper = new Scraper(agent.url());
    pid = agent.process().pid();
  }

  public static void main(String[] args) throws Exception {
    Namespace.requireOwnTable();
    Path results = Path.of(args[2]);
    Files.writeString(results, HEADER + "\n");
    int seconds = Integer.parseInt(args[1]);
    try (EverydayHost host = new EverydayHost();
        AutoCloseable listeners = host.listeners(EverydayHost.LISTENERS);
        RunningAgent agent = RunningAgent.start()) {
      Viewers bench = new Viewers(agent);
      System.err.println("warming up ...");
      bench.measure(VIEWERS[VIEWERS.length - 1], seconds);
      for (int round = 1; round <= Integer.parseInt(args[0]); round++) {
        for (int viewers : VIEWERS) {
          System.err.printf("round %d, %d viewers%n", round, viewers);
          String line = round + "," + viewers + "," + bench.measure(viewers, seconds) + "\n";
          Files.writeString(results, line, StandardOpenOption.APPEND);
        }
      }
    }
  }

  private String measure(int viewers, int seconds) throws Exception {
    Timer timer = new Timer(true);
    List<Viewer> watching = new ArrayList<>();
    for (int i = 0; i < viewers; i++) {
      Viewer viewer = new Viewer(url);
      watching.add(viewer);
      timer.scheduleAtFixedRate(viewer, (long) i * PERIOD_MILLIS / viewers, PERIOD_MILLIS);
    }
    long cpu = Spent.of(pid);
    long start = System.nanoTime();
    double[] micros = new double[seconds];
    for (int i = 0; i < seconds; i++) {
      long asked = System.nanoTime();
      scraper.ask();
      micros[i] = (System.nanoTime() - asked) / 1e3;
      TimeUnit.MILLISECONDS.sleep(PERIOD_MILLIS);
    }
    double elapsed = (System.nanoTime() - start) / 1e9;
    cpu = Spent.of(pid) - cpu;
    timer.cancel();
    return String.format(
        Locale.ROOT,
        "%d,%.0f,%.3f,%d,%d",
        seconds,
        Spread.of(Arrays.stream(micros)).median(),
        cpu / 1e6 / elapsed,
        watching.stream().mapToLong(viewer -> viewer.answers.get()).sum(),
        watching.stream().mapToLong(viewer -> viewer.bytes.get()).sum());
  }

  /** One who looks. */
  private static final class Viewer extends TimerTask {
    private final HttpClient client = HttpClient.newHttpClient();
    private final String url;
    private String etag = "\"\"";
    private final AtomicLong answers = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();

    Viewer(String url) {
      this.url = url;
    }

    @Override
    public void run() {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(url))
              .header("Accept-Encoding", "gzip")
              .header("If-None-Match", etag)
              .build();
      try {
        HttpResponse<byte[]> answer = client.send(request, BodyHandlers.ofByteArray());
        etag = answer.headers().firstValue("ETag").orElse(etag);
        answers.incrementAndGet();
        bytes.addAndGet(answer.body().length);
      } catch (IOException e) {
        System.err.println("a viewer got no answer: " + e.getMessage());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
