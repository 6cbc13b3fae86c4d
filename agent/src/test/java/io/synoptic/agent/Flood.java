package io.synoptic.agent;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** Clients that connect, ask once and go, as fast as they can. */
final class Flood implements AutoCloseable {
  private final AtomicBoolean end = new AtomicBoolean();
  private final AtomicLong answered = new AtomicLong();
  private final List<Thread> threads = new ArrayList<>();

  /** Begins with so many threads, in the network namespace of the calling thread. */
  static Flood begin(int many, int port, boolean tls, String... headers) {
    Flood flood = new Flood();
    for (int i = 0; i < many; i++) {
      String from = "127.0.200." + (1 + i % 10);
      Thread thread = new Thread(() -> flood.ask(from, port, tls, headers), "flood");
      thread.start();
      flood.threads.add(thread);
    }
    return flood;
  }

  private void ask(String from, int port, boolean tls, String... headers) {
    while (!end.get()) {
      try (Socket socket = new Socket()) {
        socket.bind(new InetSocketAddress(from, 0));
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5000);
        socket.setSoLinger(true, 0); // leaves no time-wait bucket
        try (HttpExchange http = new HttpExchange(tls ? TlsClient.over(socket) : socket)) {
          http.get("/metrics", headers);
        }
        answered.incrementAndGet();
      } catch (IOException e) {
        // it had to make room
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** Requests that were answered. */
  long answered() {
    return answered.get();
  }

  @Override
  public void close() throws InterruptedException {
    end.set(true);
    for (Thread thread : threads) {
      thread.join();
    }
  }
}
