package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.agent.HttpExchange.Answer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Agents of every mode for {@code -Dsoak.minutes}, 60 if it is not given, while sockets, listeners
 * and network namespaces come and go: scripts/soak.
 */
@Tag("soak")
class SoakIT {
  private static final long MINUTES = Long.getLong("soak.minutes", 60);
  private static final double MAX_COMPILED = 20;
  private static final int HELD_LISTENERS = 100;
  private static final int HELD_CONNECTIONS = 1000;

  private static final Map<String, List<String>> MODES = new LinkedHashMap<>();

  static {
    MODES.put("sock_diag", List.of("--source=sock_diag", "--compat.node-exporter"));
    MODES.put("proc", List.of("--source=proc", "--ports.top"));
    MODES.put("all namespaces", List.of("--netns=all"));
  }

  /** Asked in turn. */
  private static final List<List<String>> REQUESTS =
      List.of(
          List.of("/metrics", "Accept: text/plain"),
          List.of("/metrics", "Accept-Encoding: gzip"),
          List.of("/metrics", "Accept: application/openmetrics-text;version=1.0.0"),
          List.of(
              "/metrics",
              "Accept: application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
                  + "encoding=delimited"),
          List.of("/api/v1/now"),
          List.of("/"),
          List.of("/-/ready"),
          List.of("/-/healthy"));

  /** One agent and how large it is. */
  private static final class Soaked {
    final String mode;
    final RunningAgent agent;
    final Trend megabytes = new Trend();
    final Trend compiled = new Trend();
    final Trend descriptors = new Trend();
    final Trend threads = new Trend();
    int asked;
    final List<String> failed = new ArrayList<>();

    Soaked(String mode, RunningAgent agent) {
      this.mode = mode;
      this.agent = agent;
    }

    void ask() {
      List<String> request = REQUESTS.get(asked++ % REQUESTS.size());
      try (HttpExchange http =
          new HttpExchange(new Socket(InetAddress.getLoopbackAddress(), agent.port()))) {
        Answer answer =
            http.get(request.get(0), request.subList(1, request.size()).toArray(String[]::new));
        if (answer.status() != 200) {
          failed.add(request + ": " + answer.status() + " " + answer.text());
        }
      } catch (Exception e) {
        failed.add(request + ": " + e);
      }
    }

    void measure(double hours) throws Exception {
      long kilobytes = Long.parseLong(agent.proc().status("VmRSS").replaceAll("\\D", ""));
      // A JVM compiles what runs seldom for hours; there is an end to it, the agent's methods.
      long ofMethods = agent.proc().compiledKilobytes();
      compiled.add(ofMethods / 1024.0, hours);
      megabytes.add((kilobytes - ofMethods) / 1024.0, hours);
      descriptors.add(agent.proc().descriptors().size(), hours);
      threads.add(Long.parseLong(agent.proc().status("Threads")), hours);
    }
  }

  private final AtomicBoolean end = new AtomicBoolean();
  private final List<Thread> churning = new ArrayList<>();
  private final List<Throwable> broken = new ArrayList<>();

  private interface Churn {
    void run() throws Exception;
  }

  private void churn(Churn churn) {
    Thread thread =
        new Thread(
            () -> {
              try {
                churn.run();
              } catch (Exception | AssertionError e) {
                synchronized (broken) {
                  broken.add(e);
                }
              }
            },
            "churn");
    thread.start();
    churning.add(thread);
  }

  /** Some hundred listeners, one closed and one opened each 50 ms, with connections to them. */
  private void listenersAndSockets() throws Exception {
    Random random = new Random(7);
    Deque<ServerSocket> listeners = new ArrayDeque<>();
    Deque<Socket> connections = new ArrayDeque<>();
    while (!end.get()) {
      ServerSocket listener = new ServerSocket();
      int port = 21_000 + random.nextInt(10_000);
      try {
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 16);
      } catch (java.net.BindException e) {
        listener.close();
        continue;
      }
      listeners.add(listener);
      for (int i = 0; i < 10; i++) {
        connections.add(new Socket(InetAddress.getLoopbackAddress(), port));
        if (i % 2 == 0) {
          connections.add(listener.accept());
        }
      }
      while (connections.size() > HELD_CONNECTIONS) {
        connections.remove().close();
      }
      if (listeners.size() > HELD_LISTENERS) {
        listeners.remove().close();
      }
      Thread.sleep(50);
    }
    for (Socket connection : connections) {
      connection.close();
    }
    for (ServerSocket listener : listeners) {
      listener.close();
    }
  }

  /** Named ones with listeners, and such as last for a moment. */
  private void namespaces() throws Exception {
    while (!end.get()) {
      List<NetworkNamespace> some = NetworkNamespace.createAll(10);
      try {
        List<ServerSocket> listeners = new ArrayList<>();
        for (NetworkNamespace each : some) {
          listeners.add(each.call(() -> new ServerSocket(8080)));
        }
        NetworkNamespace.churn(20);
        Thread.sleep(15_000); // longer than one must be there to be shown
        for (ServerSocket listener : listeners) {
          listener.close();
        }
      } finally {
        NetworkNamespace.deleteAll(some);
      }
    }
  }

  @Test
  void nothingGrowsAndNoScrapeFails() throws Exception {
    List<Soaked> all = new ArrayList<>();
    try {
      for (Map.Entry<String, List<String>> mode : MODES.entrySet()) {
        all.add(
            new Soaked(mode.getKey(), RunningAgent.start(mode.getValue().toArray(String[]::new))));
      }
      churn(this::listenersAndSockets);
      churn(this::namespaces);
      long start = System.nanoTime();
      long next = start;
      while (System.nanoTime() - start < TimeUnit.MINUTES.toNanos(MINUTES)) {
        for (Soaked each : all) {
          each.ask();
        }
        if (System.nanoTime() >= next) {
          next += TimeUnit.SECONDS.toNanos(5);
          for (Soaked each : all) {
            each.measure((System.nanoTime() - start) / 3.6e12);
          }
        }
        Thread.sleep(1000);
      }
      for (Soaked each : all) {
        System.out.printf(
            "measured: %s: %d requests, %d failed; MiB %s, of compiled methods beside that %s; descriptors %s; threads %s%n",
            each.mode,
            each.asked,
            each.failed.size(),
            each.megabytes.line(),
            each.compiled.line(),
            each.descriptors.line(),
            each.threads.line());
      }
      for (Soaked each : all) {
        assertThat(each.failed).as(each.mode).isEmpty();
        assertThat(each.agent.errors()).as(each.mode).isEmpty();
        assertThat(each.compiled.line().mean()).as(each.mode).isLessThan(MAX_COMPILED);
        // In some minutes a JVM still settles.
        if (MINUTES >= 60) {
          assertThat(each.megabytes.line()).as(each.mode).matches(line -> line.isFlat(1));
          assertThat(each.descriptors.line()).as(each.mode).matches(line -> line.isFlat(1));
          assertThat(each.threads.line()).as(each.mode).matches(line -> line.isFlat(0.5));
        }
      }
    } finally {
      end.set(true);
      for (Thread thread : churning) {
        thread.join();
      }
      Closing.all(all.stream().map(each -> each.agent).toArray(AutoCloseable[]::new));
    }
    assertThat(broken).isEmpty();
  }
}
