package io.synoptic.agent.web;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.content.InputStreamContentSource;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Sends answers whole, and counts them. */
public final class Answers {
  /** What is copied for one client at a time: the kernel takes about as much. */
  private static final int PIECE_BYTES = 16 << 10;

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

  /** Answers a request that does not read; returns whether it was one. */
  public boolean refusesMethod(Request request, Response response, Callback callback) {
    boolean reads =
        HttpMethod.GET.is(request.getMethod()) || HttpMethod.HEAD.is(request.getMethod());
    if (!reads) {
      response.getHeaders().put(HttpHeader.ALLOW, "GET, HEAD");
      text(request, response, callback, HttpStatus.METHOD_NOT_ALLOWED_405, "only GET and HEAD");
    }
    return !reads;
  }

  /** Sends a short body, or its length alone if HEAD is asked for. */
  public void send(
      Request request,
      Response response,
      Callback callback,
      int status,
      String contentType,
      ByteBuffer content) {
    begin(response, status, contentType, content.remaining());
    int bytes = content.remaining();
    ClientConnection.of(request).ifPresent(client -> client.writes(content, bytes, bytes));
    boolean head = HttpMethod.HEAD.is(request.getMethod());
    response.write(true, head ? null : content.slice(), callback);
  }

  /** Sends a body that others are sent, too, in pieces; or its length alone. */
  public void send(
      Request request,
      Response response,
      Callback callback,
      String contentType,
      Body body,
      boolean gzip) {
    if (gzip) {
      response.getHeaders().put(HttpHeader.CONTENT_ENCODING, "gzip");
    }
    begin(response, HttpStatus.OK_200, contentType, body.length(gzip));
    if (HttpMethod.HEAD.is(request.getMethod())) {
      response.write(true, null, callback);
      return;
    }
    ClientConnection.of(request)
        .ifPresent(client -> client.writes(body, body.heldBytes(), body.length(gzip)));
    ByteBufferPool pool = request.getComponents().getByteBufferPool();
    InputStream content = body.open(gzip);
    Content.copy(
        new InputStreamContentSource(content, new ByteBufferPool.Sized(pool, false, PIECE_BYTES)),
        response,
        callback);
  }

  /** Says that what the client has is what would be sent. */
  public void notModified(Response response, Callback callback) {
    answered(HttpStatus.NOT_MODIFIED_304).increment();
    response.setStatus(HttpStatus.NOT_MODIFIED_304);
    response.write(true, null, callback);
  }

  private void begin(Response response, int status, String contentType, long length) {
    answered(status).increment();
    response.setStatus(status);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, contentType);
    response.getHeaders().put(HttpHeader.CONTENT_LENGTH, length);
  }
}
