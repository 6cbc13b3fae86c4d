package io.synoptic.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * What nearly every host has, in this network namespace: 1,000 sockets, if 20 of them listen. 580
 * are established, 50 wait for their program to close them and 50 for their peer to, and five
 * connections a second come and go, each of which stays in TIME_WAIT for a minute: 300.
 */
final class EverydayHost implements AutoCloseable {
  /** How many listen on it; what watches it listens besides. */
  static final int LISTENERS = 20;

  static final int ESTABLISHED = 580;

  /** Of loopback, but neither where a population connects nor where anybody is scraped. */
  private static final String ADDRESS = "127.0.0.8";

  /** The kernel gives it out to nobody. */
  private static final int PORT = 8080;

  private static final int MILLIS_BETWEEN_CONNECTIONS = 200;

  private final Population population;
  private final ServerSocket server;

  EverydayHost() throws IOException {
    population =
        Population.made(
            "ipv4:established=" + ESTABLISHED / 4,
            "ipv6:established=" + ESTABLISHED / 4,
            "ipv4:close_wait=50");
    server = new ServerSocket(PORT, 1, InetAddress.getByName(ADDRESS));
    Thread churn = new Thread(this::connectAndClose, "churn");
    churn.setDaemon(true);
    churn.start();
  }

  private void connectAndClose() {
    try {
      while (!server.isClosed()) {
        Socket client = new Socket(server.getInetAddress(), PORT);
        Socket served = server.accept();
        // Who closes first stays in TIME_WAIT: the client, as a proxy's does.
        client.close();
        served.close();
        Thread.sleep(MILLIS_BETWEEN_CONNECTIONS);
      }
    } catch (InterruptedException | IOException e) {
      if (!server.isClosed()) {
        System.err.println("no more connections come and go: " + e.getMessage());
      }
    }
  }

  /** Makes them so many, until closed; it has one anyway. */
  AutoCloseable listeners(int listeners) throws IOException {
    return listeners > 1 ? Population.listeners(listeners - 1) : () -> {};
  }

  @Override
  public void close() throws Exception {
    server.close();
    population.close();
  }
}
