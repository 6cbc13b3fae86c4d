package io.synoptic.agent.web;

import java.util.concurrent.CompletionException;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.QuietException;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.LoggerFactory;

/**
 * Answers a request that is our own fault, and logs it sparingly: Jetty would log each of them,
 * with its stack trace.
 */
final class Failures extends Handler.Wrapper {
  private final Answers answers;
  private final SparingLog log = new SparingLog(LoggerFactory.getLogger(Failures.class));

  Failures(Handler pages, Answers answers) {
    super(pages);
    this.answers = answers;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    Callback guarded =
        Callback.from(callback::succeeded, failure -> failed(request, response, callback, failure));
    try {
      return super.handle(request, response, guarded);
    } catch (RuntimeException | Error e) {
      failed(request, response, callback, e);
      return true;
    }
  }

  private void failed(Request request, Response response, Callback callback, Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    boolean ours = cause instanceof RuntimeException || cause instanceof Error;
    if (!ours || cause instanceof QuietException) {
      callback.failed(cause); // a client that has gone, most often
      return;
    }
    log.error("a request could not be answered", cause);
    if (response.isCommitted()) {
      callback.failed(new QuietException.Exception(cause));
      return;
    }
    response.reset();
    int status = HttpStatus.INTERNAL_SERVER_ERROR_500;
    answers.text(request, response, callback, status, status + " " + HttpStatus.getMessage(status));
  }
}
