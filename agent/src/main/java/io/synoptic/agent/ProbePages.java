package io.synoptic.agent;

import io.synoptic.ScanReport;
import io.synoptic.SharedScanner;
import io.synoptic.agent.web.Answers;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * The pages for probes. {@code /-/healthy} fails when only a restart helps, {@code /-/ready} while
 * there are no figures to be had.
 */
final class ProbePages extends Handler.Abstract.NonBlocking {
  static final String HEALTHY = "/-/healthy";
  static final String READY = "/-/ready";

  private final SharedScanner scanner;
  private final ScanHealth health;
  private final BooleanSupplier hasMemory;
  private final Duration maxAge;
  private final Answers answers;

  /**
   * The pages.
   *
   * @param hasMemory whether the metrics are whole
   */
  ProbePages(
      SharedScanner scanner,
      ScanHealth health,
      BooleanSupplier hasMemory,
      Duration maxAge,
      Answers answers) {
    this.scanner = scanner;
    this.health = health;
    this.hasMemory = hasMemory;
    this.maxAge = maxAge;
    this.answers = answers;
  }

  static boolean serve(String path) {
    return path.equals(HEALTHY) || path.equals(READY);
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    if (answers.refusesMethod(request, response, callback)) {
      return true;
    }
    switch (Request.getPathInContext(request)) {
      case HEALTHY ->
          answer(health.isHung() ? health.hangs() : "", "healthy", request, response, callback);
      case READY -> answer(unready(), "ready", request, response, callback);
      default ->
          answers.text(
              request,
              response,
              callback,
              HttpStatus.NOT_FOUND_404,
              "not found; here are " + HEALTHY + " and " + READY);
    }
    return true;
  }

  private void answer(
      String trouble, String good, Request request, Response response, Callback callback) {
    boolean isGood = trouble.isEmpty();
    answers.text(
        request,
        response,
        callback,
        isGood ? HttpStatus.OK_200 : HttpStatus.SERVICE_UNAVAILABLE_503,
        isGood ? good : trouble);
  }

  /** Why it isn't; empty if it is. */
  private String unready() {
    ScanReport latest = scanner.latest();
    if (!hasMemory.getAsBoolean()) {
      return "there is no memory for the metrics: the agent's log says more";
    }
    if (health.isHung()) {
      return health.hangs();
    }
    if (ScanHealth.isGood(latest) || latest.isGood(maxAge)) {
      return "";
    }
    // Why is for the log: a reason may name a file.
    return latest.scan().failure().isPresent()
        ? "scans fail: the agent's log says why"
        : "the first scan has not ended yet";
  }
}
