package io.synoptic.agent.web;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Sends answers whole, and counts them. */
public final class Answers {
  private final MeterRegistry registry;

  /** Counts in a registry. */
  public Answers(MeterRegistry registry) {
    this.registry = registry;
    answered(HttpStatus.OK_200); // there from the start, as 0
  }

  private Counter answered(int status) {
    return Counter.builder("synoptic.http.requests")
        .description("Requests answered, by HTTP status.")
        .tag("code", Integer.toString(status))
        .register(registry);
  }

  /** Sends a line of plain text. */
  public void text(
      Request request, Response response, Callback callback, int status, String message) {
    ByteBuffer content =
        StandardCharsets.UTF_8.encode(message.endsWith("\n") ? message : message + "\n");
    send(request, response, callback, status, "text/plain; charset=utf-8", content);
  }

  /** Sends a whole body, or its length alone if HEAD is asked for. */
  public void send(
      Request request,
      Response response,
      Callback callback,
      int status,
      String contentType,
      ByteBuffer content) {
    answered(status).increment();
    response.setStatus(status);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, contentType);
    response.getHeaders().put(HttpHeader.CONTENT_LENGTH, content.remaining());
    boolean head = HttpMethod.HEAD.is(request.getMethod());
    response.write(true, head ? null : content.slice(), callback);
  }
}
