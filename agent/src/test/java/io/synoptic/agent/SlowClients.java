package io.synoptic.agent;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Many clients that keep a server waiting, each in one of four ways: headers, a body or a TLS
 * handshake that never end, or answers that are never read. Who is cut off comes back.
 */
final class SlowClients implements AutoCloseable {
  private static final int THREADS = 10;
  private static final int PIPELINED = 200;
  private static final String HANDSHAKE = "\u0016\u0003\u0001\u0002\u0000\u0001\u0000";

  private final int port;
  private final boolean tls;
  private final String headers;
  private final AtomicBoolean end = new AtomicBoolean();
  private final List<Thread> threads = new ArrayList<>();

  /**
   * None yet.
   *
   * @param headers each sends these, whole lines
   */
  SlowClients(int port, boolean tls, String headers) {
    this.port = port;
    this.tls = tls;
    this.headers = headers;
  }

  /** Begins with so many, in the network namespace of the calling thread. */
  SlowClients begin(int many) {
    for (int i = 0; i < THREADS; i++) {
      int first = i;
      Thread thread = new Thread(() -> keep(first, many), "slow clients");
      thread.start();
      threads.add(thread);
    }
    return this;
  }

  /** Every tenth of them. */
  private void keep(int first, int many) {
    Socket[] clients = new Socket[many];
    while (!end.get()) {
      for (int i = first; i < many && !end.get(); i += THREADS) {
        try {
          if (clients[i] == null) {
            clients[i] = start(i);
          } else if (i % 4 != 3) {
            clients[i].getOutputStream().write('x');
          }
        } catch (IOException e) { // it had to make room
          close(clients[i]);
          clients[i] = null;
        }
      }
      try {
        Thread.sleep(200);
      } catch (InterruptedException e) {
        break;
      }
    }
    for (Socket client : clients) {
      close(client);
    }
  }

  private Socket start(int number) throws IOException {
    Socket socket = new Socket();
    try {
      socket.setReceiveBufferSize(4096);
      socket.setSoTimeout(5000);
      socket.bind(new InetSocketAddress("127.0." + (2 + number % 50) + ".1", 0));
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5000);
      boolean inHandshake = tls && number % 4 == 2;
      Socket client = tls && !inHandshake ? TlsClient.over(socket) : socket;
      client.getOutputStream().write(said(number).getBytes(StandardCharsets.ISO_8859_1));
      return client;
    } catch (Exception e) {
      socket.close();
      throw e instanceof IOException refused ? refused : new IOException(e);
    }
  }

  private String said(int number) {
    String rest = " /metrics HTTP/1.1\r\nHost: a\r\n" + headers;
    return switch (number % 4) {
      case 0 -> "GET" + rest + "X-";
      case 1 -> "POST" + rest + "Content-Length: 100000\r\n\r\n";
      case 2 -> tls ? HANDSHAKE : "GET /";
      default -> ("GET" + rest + "\r\n").repeat(PIPELINED);
    };
  }

  private static void close(Socket socket) {
    try {
      if (socket != null) {
        socket.close();
      }
    } catch (IOException e) {
      // it is closed
    }
  }

  @Override
  public void close() throws InterruptedException {
    end.set(true);
    for (Thread thread : threads) {
      thread.interrupt();
      thread.join();
    }
  }
}
