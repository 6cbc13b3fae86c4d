package io.synoptic.agent.command;

import com.google.gson.JsonParseException;
import io.synoptic.agent.now.Now;
import io.synoptic.agent.now.NowJson;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/** Asks a running agent. What it answers may be anything's: size and time are bounded. */
final class AgentClient {
  private static final int CONNECT_MILLIS = 3000;
  private static final int QUICK_CONNECT_MILLIS = 200;
  private static final Duration PATIENCE = Duration.ofSeconds(15);
  private static final Duration QUICK_PATIENCE = Duration.ofSeconds(3);

  /** A host of 5,000 listeners has 4 MiB. */
  private static final long MOST_BYTES = 32 << 20;

  private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "[::1]");

  private final URI base;
  private final @Nullable SSLSocketFactory tls;
  private final @Nullable String authorization;
  private final boolean quick;
  private @Nullable String etag;
  private @Nullable Now last;
  private boolean answered;

  /**
   * A client of one agent.
   *
   * @param authorization the header, if there is a user
   * @param quick whether to give up soon: nobody said that there is an agent
   */
  AgentClient(
      URI base, @Nullable SSLSocketFactory tls, @Nullable String authorization, boolean quick) {
    this.base = base;
    this.tls = tls;
    this.authorization = authorization;
    this.quick = quick;
  }

  /** What the agent knows; the last answer again if nothing has changed. */
  Now now() throws UnavailableException {
    HttpURLConnection connection = null;
    try {
      connection = open("api/v1/now", "application/json");
      if (etag != null) {
        connection.setRequestProperty("If-None-Match", etag);
      }
      int status = connection.getResponseCode();
      answered = true;
      if (status == HttpURLConnection.HTTP_NOT_MODIFIED && last != null) {
        return last;
      }
      check(status);
      try (InputStream body = body(connection)) {
        last = NowCheck.whole(NowJson.read(new InputStreamReader(body, StandardCharsets.UTF_8)));
      }
      etag = connection.getHeaderField("ETag");
      return last;
    } catch (JsonParseException | IllegalArgumentException | IOException e) {
      throw unavailable(e);
    } finally {
      if (connection != null && last == null) {
        connection.disconnect();
      }
    }
  }

  /** Copies the metrics, as text. */
  void copyMetrics(OutputStream to) throws UnavailableException {
    try {
      HttpURLConnection connection = open("metrics", "text/plain;version=0.0.4");
      check(connection.getResponseCode());
      try (InputStream body = body(connection)) {
        body.transferTo(to);
      }
    } catch (IOException e) {
      throw unavailable(e);
    }
  }

  private HttpURLConnection open(String path, String accept) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection) base.resolve(path).toURL().openConnection(Proxy.NO_PROXY);
    if (tls != null && connection instanceof HttpsURLConnection https) {
      https.setSSLSocketFactory(tls);
    }
    connection.setConnectTimeout(quick ? QUICK_CONNECT_MILLIS : CONNECT_MILLIS);
    connection.setReadTimeout((int) patience().toMillis());
    connection.setInstanceFollowRedirects(false);
    connection.setUseCaches(false);
    connection.setRequestProperty("Accept", accept);
    connection.setRequestProperty("User-Agent", "synoptic");
    if (authorization != null) {
      connection.setRequestProperty("Authorization", authorization);
    }
    return connection;
  }

  private InputStream body(HttpURLConnection connection) throws IOException {
    return new BoundedStream(connection.getInputStream(), MOST_BYTES, patience());
  }

  private Duration patience() {
    return quick ? QUICK_PATIENCE : PATIENCE;
  }

  private void check(int status) throws UnavailableException {
    switch (status) {
      case HttpURLConnection.HTTP_OK -> {}
      case HttpURLConnection.HTTP_UNAUTHORIZED ->
          throw unavailable(
              authorization == null
                  ? "it wants a user: add --agent.user and --agent.password-file"
                  : "it does not take this user and password");
      case HttpURLConnection.HTTP_NOT_FOUND ->
          throw unavailable("it has no such page: it is no agent, or one of another version");
      case -1 -> throw unavailable("what answers there is no HTTP");
      default -> throw unavailable("it answers with status " + status);
    }
  }

  private UnavailableException unavailable(Exception e) {
    String message = Printable.of(Objects.requireNonNullElse(e.getMessage(), e.toString()));
    answered |= !(e instanceof ConnectException);
    if (e instanceof SSLException) {
      return unavailable(message + " (--agent.ca-file names who signs its certificate)");
    }
    if (e instanceof JsonParseException || e instanceof IllegalArgumentException) {
      return unavailable("what it answers is no answer of an agent: " + message);
    }
    return unavailable(message);
  }

  private UnavailableException unavailable(String why) {
    return new UnavailableException("the agent at " + base + ": " + Table.cut(why, 300));
  }

  /** Whether something is there that has answered, whatever it was. */
  boolean hasAnswered() {
    return answered;
  }

  /** Whether it is on this machine, and in this network namespace: loopback is. */
  boolean isLocal() {
    return LOOPBACK.contains(base.getHost());
  }

  /** Where the agent is. */
  URI base() {
    return base;
  }
}
