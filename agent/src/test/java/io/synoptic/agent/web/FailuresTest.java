package io.synoptic.agent.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.Test;

/** A fault of our own, in a real server. */
class FailuresTest {
  private static final class Faulty extends Handler.Abstract {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      switch (Request.getPathInContext(request)) {
        case "/thrown" -> throw new IllegalStateException("thrown");
        case "/error" -> throw new AssertionError("error");
        case "/wrapped" ->
            callback.failed(new CompletionException(new IllegalArgumentException("wrapped")));
        default -> callback.failed(new IllegalArgumentException());
      }
      return true;
    }
  }

  @Test
  void isAnsweredWithOneLineAndLoggedOnceHoweverOftenItIsAskedFor() throws Exception {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    PrintStream before = System.err;
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
    try (WebServer server =
        WebServer.start(
            List.of(new ListenAddress("127.0.0.1", 0)),
            Optional.empty(),
            new Faulty(),
            new WebServer.Probes(List.of(), new Faulty()),
            "/",
            new Answers(registry),
            registry,
            Optional.empty())) {
      HttpClient client = HttpClient.newHttpClient();
      for (String path : List.of("thrown", "error", "wrapped", "nothing")) {
        for (int i = 0; i < 10; i++) {
          HttpRequest request = HttpRequest.newBuilder(URI.create(server.url() + path)).build();
          HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
          assertThat(answer.statusCode()).isEqualTo(500);
          assertThat(answer.body()).isEqualTo("500 Server Error\n");
        }
      }
    } finally {
      System.setErr(before);
    }
    assertThat(log.toString(StandardCharsets.UTF_8).lines().filter(line -> line.contains("ERROR")))
        .hasSize(3) // by type
        .allMatch(line -> line.contains("a request could not be answered"));
    assertThat(log.toString(StandardCharsets.UTF_8)).doesNotContain("WARN");
  }
}
