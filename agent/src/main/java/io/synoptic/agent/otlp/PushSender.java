package io.synoptic.agent.otlp;

import io.micrometer.core.ipc.http.HttpUrlConnectionSender;
import io.micrometer.registry.otlp.OtlpHttpMetricsSender;
import io.micrometer.registry.otlp.OtlpMetricsSender;
import io.synoptic.agent.web.InvalidInputException;
import io.synoptic.internal.procfs.Messages;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends what is pushed, and says in one line when that begins to fail and when it no longer does.
 */
final class PushSender implements OtlpMetricsSender {
  private static final Logger log = LoggerFactory.getLogger(PushSender.class);
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
  private static final Duration READ_TIMEOUT = Duration.ofSeconds(10);

  private final String url;
  private final Optional<HeadersFile> headers;
  private final OtlpMetricsSender http =
      new OtlpHttpMetricsSender(new HttpUrlConnectionSender(CONNECT_TIMEOUT, READ_TIMEOUT));

  private volatile boolean good = true;

  PushSender(String url, Optional<HeadersFile> headers) {
    this.url = url;
    this.headers = headers;
  }

  /** Whether the last push was taken; so it is before the first. */
  boolean isGood() {
    return good;
  }

  @Override
  public void send(Request request) {
    try {
      Map<String, String> sent = new HashMap<>();
      if (headers.isPresent()) {
        sent.putAll(headers.get().read());
      }
      http.send(
          Request.builder(request.getMetricsData())
              .address(url)
              .headers(sent)
              .compressionMode(request.getCompressionMode())
              .build());
      if (!good) {
        log.info("{} takes what is pushed again", url);
      }
      good = true;
    } catch (Throwable e) { // whatever it is, scrapes go on
      if (good) {
        log.warn("pushing to {} fails, and is tried again each interval: {}", url, reason(e));
      }
      good = false;
    }
  }

  private static String reason(Throwable failure) {
    if (failure instanceof InvalidInputException) {
      return Messages.of(failure);
    }
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String message = Messages.of(cause).replaceAll("\\s+", " ").strip();
    String reason = message.length() > 300 ? message.substring(0, 300) + "…" : message;
    return cause instanceof UnknownHostException
        ? "no address of " + reason + " is found (with --netns=all, names are not looked up by DNS)"
        : reason;
  }
}
