package io.synoptic.agent.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who is owed an answer gets it though the server stops meanwhile. */
class StoppingTest {
  /** More than the kernel keeps for a client that does not read. */
  private static final int LENGTH = 1 << 20;

  private final CountDownLatch asked = new CountDownLatch(1);
  private WebServer server;

  private final class Slow extends Handler.Abstract {
    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
      asked.countDown();
      if (Request.getPathInContext(request).equals("/slow")) {
        Thread.sleep(700);
      }
      boolean isShort = Request.getPathInContext(request).equals("/short");
      response.write(true, ByteBuffer.allocate(isShort ? 1 : LENGTH), callback);
      return true;
    }
  }

  @BeforeEach
  void start() throws Exception {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    server =
        WebServer.start(
            List.of(new ListenAddress("127.0.0.1", 0)),
            Optional.empty(),
            new Slow(),
            new WebServer.Probes(List.of(), new Slow()),
            "/",
            new Answers(registry),
            registry,
            Optional.empty());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Socket connect() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), URI.create(server.url()).getPort());
  }

  /** Accepted as well, for one that came later has been answered. */
  private Socket connectAndBeAccepted() throws IOException {
    Socket first = connect();
    try (Socket later = connect()) {
      ask(later, "/short");
      later.setSoTimeout(10_000);
      assertThat(later.getInputStream().read()).isEqualTo('H');
    }
    return first;
  }

  private static void ask(Socket client, String path) throws IOException {
    client
        .getOutputStream()
        .write(
            ("GET " + path + " HTTP/1.1\r\nHost: test\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
  }

  private static void hear(Socket client) throws IOException {
    client.setSoTimeout(10_000);
    InputStream in = client.getInputStream();
    assertThat(new String(in.readNBytes(15), StandardCharsets.US_ASCII))
        .isEqualTo("HTTP/1.1 200 OK");
    assertThat(in.readAllBytes()).hasSizeGreaterThan(LENGTH);
  }

  @Test
  void aClientThatAsksSomewhatAfterItHasConnectedIsAnswered() throws Exception {
    try (Socket client = connectAndBeAccepted()) {
      CompletableFuture<Void> stopped = CompletableFuture.runAsync(server::close);
      Thread.sleep(300);
      ask(client, "/");
      hear(client);
      stopped.get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void anAnswerThatTakesTimeToMakeIsSent() throws Exception {
    try (Socket client = connect()) {
      ask(client, "/slow");
      asked.await();
      CompletableFuture<Void> stopped = CompletableFuture.runAsync(server::close);
      hear(client);
      stopped.get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void aClientThatPausesReadsItsWholeAnswer() throws Exception {
    try (Socket client = connect()) {
      ask(client, "/");
      asked.await();
      CompletableFuture<Void> stopped = CompletableFuture.runAsync(server::close);
      Thread.sleep(700);
      hear(client);
      stopped.get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void aClientThatNeverAsksIsWaitedForTwoSeconds() throws Exception {
    try (Socket client = connectAndBeAccepted()) {
      long start = System.nanoTime();
      server.close();
      assertThat(System.nanoTime() - start)
          .isBetween(TimeUnit.SECONDS.toNanos(1), TimeUnit.SECONDS.toNanos(15));
      assertThat(client.getInputStream().read()).isEqualTo(-1);
    }
  }
}
