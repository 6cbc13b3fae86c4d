package io.synoptic.agent.web;

import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** One line, whatever went wrong: a client learns nothing of how the agent is built. */
final class PlainErrors implements Request.Handler {
  private final Answers answers;

  PlainErrors(Answers answers) {
    this.answers = answers;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    // A request that can't be understood is its sender's fault, whatever it is lacking.
    int status =
        switch (response.getStatus()) {
          case HttpStatus.NOT_IMPLEMENTED_501, HttpStatus.HTTP_VERSION_NOT_SUPPORTED_505 ->
              HttpStatus.BAD_REQUEST_400;
          default -> response.getStatus();
        };
    answers.text(request, response, callback, status, status + " " + HttpStatus.getMessage(status));
    return true;
  }
}
