package io.synoptic.agent.web;

import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.server.Request;

/** How long a client waits for an answer, as Prometheus says it in each scrape. */
public final class ScrapeTimeout {
  private static final String HEADER = "X-Prometheus-Scrape-Timeout-Seconds";

  /** What Prometheus waits if nothing else is configured. */
  private static final double DEFAULT_SECONDS = 10;

  /** What the answer needs to reach the scraper; half the timeout where that is short. */
  private static final double MARGIN_SECONDS = 0.5;

  private ScrapeTimeout() {}

  /** Until when an answer must be begun, from now. */
  public static long millis(Request request) {
    double seconds = DEFAULT_SECONDS;
    HttpField header = request.getHeaders().getField(HEADER);
    if (header != null) {
      try {
        seconds = Double.parseDouble(header.getValue());
      } catch (NumberFormatException e) {
        // not Prometheus: it waits as long as anybody
      }
    }
    seconds = Math.max(0, Math.min(seconds, 3600));
    return Math.round(1000 * (seconds - Math.min(MARGIN_SECONDS, seconds / 2)));
  }
}
