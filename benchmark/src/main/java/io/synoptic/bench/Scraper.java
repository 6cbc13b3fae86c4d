package io.synoptic.bench;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPInputStream;

/** Scrapes as Prometheus does: one connection kept open, OpenMetrics preferred, gzip. */
final class Scraper {
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  /**
   * What a scrape returns.
   *
   * @param bytes of the text
   * @param sentBytes of it on the network: fewer, if the server compresses
   */
  record Answer(String text, int bytes, int sentBytes) {}

  private final HttpRequest request;

  Scraper(String url) {
    request =
        HttpRequest.newBuilder(URI.create(url))
            .header(
                "Accept",
                "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5")
            .header("Accept-Encoding", "gzip")
            .header("X-Prometheus-Scrape-Timeout-Seconds", "60")
            .build();
  }

  String scrape() throws IOException, InterruptedException {
    return ask().text();
  }

  Answer ask() throws IOException, InterruptedException {
    HttpResponse<byte[]> response = CLIENT.send(request, BodyHandlers.ofByteArray());
    if (response.statusCode() != 200) {
      throw new IOException(request.uri() + " answered " + response.statusCode());
    }
    byte[] sent = response.body();
    byte[] body = sent;
    if (response.headers().firstValue("Content-Encoding").orElse("").equals("gzip")) {
      body = new GZIPInputStream(new ByteArrayInputStream(sent)).readAllBytes();
    }
    return new Answer(new String(body, StandardCharsets.UTF_8), body.length, sent.length);
  }

  /** Scrapes, and adds up the ESTABLISHED sockets of a metric. */
  long sum(String metric) throws IOException, InterruptedException {
    return (long)
        scrape()
            .lines()
            .filter(line -> line.startsWith(metric + "{"))
            .filter(line -> line.contains("state=\"established\""))
            .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
            .sum();
  }

  /** The figure of one series in what a scrape returned. */
  static double figure(String scrape, String series) {
    return scrape
        .lines()
        .filter(line -> line.startsWith(series + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no " + series));
  }

  /** Waits until somebody listens. */
  void await() throws IOException, InterruptedException {
    for (int tries = 1; ; tries++) {
      try {
        scrape();
        return;
      } catch (ConnectException e) {
        if (tries == 200) {
          throw e;
        }
        Thread.sleep(50);
      }
    }
  }
}
