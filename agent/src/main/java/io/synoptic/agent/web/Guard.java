package io.synoptic.agent.web;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Lets through who is one of the configuration's users, to every page alike, and adds its headers
 * to every answer.
 */
final class Guard extends Handler.Wrapper {
  private final WebConfigFile file;
  private final Answers answers;
  private final Passwords passwords = new Passwords();

  Guard(Handler pages, WebConfigFile file, Answers answers) {
    super(pages);
    this.file = file;
    this.answers = answers;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    WebConfig config = file.config();
    config.headers().forEach(response.getHeaders()::put);
    if (config.users().isEmpty()) {
      return super.handle(request, response, callback);
    }
    Optional<Credentials> credentials = Credentials.of(request);
    if (credentials.isEmpty()) {
      unauthorized(request, response, callback);
      return true;
    }
    try {
      check(credentials.get(), config.users(), request, response, callback);
    } catch (RejectedExecutionException e) {
      response.getHeaders().put(HttpHeader.RETRY_AFTER, 10);
      answers.text(
          request,
          response,
          callback,
          HttpStatus.TOO_MANY_REQUESTS_429,
          "too many passwords are being checked");
    }
    return true;
  }

  private void check(
      Credentials credentials,
      Map<String, String> users,
      Request request,
      Response response,
      Callback callback)
      throws Exception {
    CompletableFuture<Boolean> right =
        passwords.check(credentials.user(), credentials.password(), users);
    Future<?> unused =
        right.whenComplete(
            (good, failure) -> {
              try {
                if (failure != null) {
                  callback.failed(failure);
                } else if (good) {
                  super.handle(request, response, callback);
                } else {
                  unauthorized(request, response, callback);
                }
              } catch (Exception e) {
                callback.failed(e);
              }
            });
  }

  private void unauthorized(Request request, Response response, Callback callback) {
    response.getHeaders().put(HttpHeader.WWW_AUTHENTICATE, "Basic realm=\"synoptic\"");
    answers.text(
        request,
        response,
        callback,
        HttpStatus.UNAUTHORIZED_401,
        "a user name and a password are needed");
  }
}
