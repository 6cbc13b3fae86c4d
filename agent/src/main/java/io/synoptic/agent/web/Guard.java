package io.synoptic.agent.web;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
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
    check(credentials.get(), config.users(), request, response, callback);
    return true;
  }

  private void check(
      Credentials credentials,
      Map<String, String> users,
      Request request,
      Response response,
      Callback callback) {
    ClientConnection client = ClientConnection.of(request).orElseThrow();
    AddressBlock block = client.block();
    CompletableFuture<Boolean> right =
        passwords.check(
            credentials.user(),
            credentials.password(),
            users,
            new Passwords.Asker(block, ScrapeTimeout.millis(request), client::isOpen));
    client.suspect(!right.isDone() && passwords.isSuspect(block));
    // What is known to be right goes on here; nothing else keeps a thread that checks.
    Executor executor = right.isDone() ? Runnable::run : request.getComponents().getExecutor();
    Future<?> unused =
        right.whenCompleteAsync(
            (good, failure) -> {
              client.suspect(!Boolean.TRUE.equals(good));
              try {
                if (failure instanceof RejectedExecutionException) {
                  tooMany(request, response, callback);
                } else if (failure != null) {
                  callback.failed(failure);
                } else if (good) {
                  super.handle(request, response, callback);
                } else {
                  unauthorized(request, response, callback);
                }
              } catch (Exception e) {
                callback.failed(e);
              }
            },
            executor);
  }

  private void tooMany(Request request, Response response, Callback callback) {
    response.getHeaders().put(HttpHeader.RETRY_AFTER, 10);
    answers.text(
        request,
        response,
        callback,
        HttpStatus.TOO_MANY_REQUESTS_429,
        "too many passwords are being checked");
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
