package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.agent.HttpExchange.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Slow, idle and malformed clients of a real agent. */
class HostileClientsIT {
  private static final String START = "GET /metrics HTTP/1.1\r\nHost: a\r\nX-";

  private static Socket connect(RunningAgent agent, String from) throws IOException {
    return new Socket(
        InetAddress.getLoopbackAddress(), agent.port(), InetAddress.getByName(from), 0);
  }

  /** All from one address, or each from its own: within one limit or the other. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void amongSlowAndIdleClientsAScrapeIsAnsweredWithinASecond(boolean manyAddresses)
      throws Exception {
    List<Socket> clients = new ArrayList<>();
    try (RunningAgent agent = RunningAgent.start()) {
      try (HttpExchange warm = new HttpExchange(connect(agent, "127.0.0.1"))) {
        warm.get("/metrics");
      }
      for (int i = 0; i < 300; i++) {
        Socket client = connect(agent, manyAddresses ? "127.0.1." + (1 + i % 250) : "127.0.0.1");
        clients.add(client);
        if (i < 200) {
          client.getOutputStream().write(START.getBytes(StandardCharsets.US_ASCII));
        }
      }
      for (int round = 0; round < 5; round++) {
        for (Socket client : clients.subList(0, 200)) {
          try {
            client.getOutputStream().write('x');
          } catch (IOException e) {
            // it had to make room
          }
        }
        long start = System.nanoTime();
        try (HttpExchange honest = new HttpExchange(connect(agent, "127.0.0.1"))) {
          Answer answer = honest.get("/metrics");
          assertThat(answer.status()).isEqualTo(200);
          assertThat(answer.text()).contains("synoptic_tcp_sockets{");
        }
        assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(1));
      }
      assertThat(agent.errors()).isEmpty();
    } finally {
      for (Socket client : clients) {
        client.close();
      }
    }
  }

  @Test
  @Tag("waits")
  void whoDripsARequestIsCutOffThoughNeverIdle() throws Exception {
    try (RunningAgent agent = RunningAgent.start();
        Socket slow = connect(agent, "127.0.0.1")) {
      slow.setSoTimeout(1000);
      slow.getOutputStream().write(START.getBytes(StandardCharsets.US_ASCII));
      long start = System.nanoTime();
      boolean open = true;
      while (open && System.nanoTime() - start < TimeUnit.SECONDS.toNanos(45)) {
        try {
          slow.getOutputStream().write('x');
          open = slow.getInputStream().read() >= 0;
        } catch (SocketTimeoutException e) {
          // it waits for more
        } catch (IOException e) {
          open = false;
        }
      }
      assertThat(open).isFalse();
    }
  }

  /** As the user it runs as, for root alone may limit nobody but itself. */
  private static void limitDescriptors(ProcessFolder agent, int count) throws Exception {
    String user = agent.status("Uid").split("\t", -1)[0];
    String group = agent.status("Gid").split("\t", -1)[0];
    String[] command = {
      "setpriv",
      "--reuid=" + user,
      "--regid=" + group,
      "--clear-groups",
      "prlimit",
      "--pid=" + agent.pid(),
      "--nofile=" + count + ":" + count
    };
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }

  @Test
  void whereDescriptorsRunOutWhatIsConnectedStaysAndOthersAreServedLater() throws Exception {
    List<Socket> clients = new ArrayList<>();
    try (RunningAgent agent = RunningAgent.start();
        HttpExchange kept = new HttpExchange(connect(agent, "127.0.0.1"))) {
      assertThat(kept.get("/metrics").status()).isEqualTo(200);
      limitDescriptors(agent.proc(), agent.proc().descriptors().size() + 10);
      for (int i = 0; i < 30; i++) {
        clients.add(connect(agent, "127.0.0.1"));
      }
      assertThat(kept.get("/metrics").status()).isEqualTo(200);
      HttpExchange first = new HttpExchange(clients.get(0));
      assertThat(first.get("/-/healthy").status()).isEqualTo(200);

      for (Socket client : clients.subList(1, 30)) {
        client.close();
      }
      assertThat(first.get("/metrics").status()).isEqualTo(200);
      try (HttpExchange later = new HttpExchange(connect(agent, "127.0.0.1"))) {
        assertThat(later.get("/metrics").status()).isEqualTo(200);
      }
      assertThat(agent.errors()).containsOnlyOnce("a connection could not be accepted");
      assertThat(agent.errors()).doesNotContain("Accept failed");
    } finally {
      for (Socket client : clients) {
        client.close();
      }
    }
  }

  @Test
  void tenThousandMalformedRequestsAreTheirSendersFaultAndNotLogged() throws Exception {
    Random random = new Random(7);
    String[] shapes = {
      "GET\r\n\r\n",
      "GET / HTTP/9.9\r\nHost: a\r\n\r\n",
      "\u0000\u0001\u0002\r\n\r\n",
      "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /../../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\n\r\n",
      "GET /" + "a".repeat(9000) + " HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nX: " + "a".repeat(9000) + "\r\n\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
      "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
      "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\r\n\r\n",
    };
    try (RunningAgent agent = RunningAgent.start()) {
      for (int i = 0; i < 10_000; i++) {
        byte[] request = shapes[i % shapes.length].getBytes(StandardCharsets.ISO_8859_1);
        if (i >= shapes.length * 100) {
          request[random.nextInt(Math.min(20, request.length))] = (byte) random.nextInt(256);
        }
        assertThat(answer(agent, request))
            .as(shapes[i % shapes.length])
            .doesNotContain("HTTP/1.1 5", "Exception", "io.synoptic", "org.eclipse", "passwd");
      }
      try (HttpExchange honest = new HttpExchange(connect(agent, "127.0.0.1"))) {
        assertThat(honest.get("/metrics").text()).doesNotContain("code=\"5");
      }
      assertThat(agent.errors()).isEmpty();
    }
  }

  /** What comes back until the connection ends; nothing if it ends at once. */
  private static String answer(RunningAgent agent, byte[] request) throws IOException {
    try (Socket socket = connect(agent, "127.0.0.1")) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(request);
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    } catch (SocketException e) {
      return ""; // reset: it was closed before it had read everything
    }
  }
}
