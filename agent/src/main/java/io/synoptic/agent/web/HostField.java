package io.synoptic.agent.web;

import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * Refuses a Host that is invalid (RFC 9112, 3.2) and that Jetty lets through: an IPv6 address
 * without brackets, which may be taken for another host and port.
 */
final class HostField extends Handler.Wrapper {
  private final Answers answers;

  HostField(Handler handler, Answers answers) {
    super(handler);
    this.answers = answers;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    if (!isAmbiguous(request.getHeaders().get(HttpHeader.HOST))) {
      return super.handle(request, response, callback);
    }
    response.getHeaders().put(HttpHeader.CONNECTION, "close");
    answers.text(request, response, callback, HttpStatus.BAD_REQUEST_400, "Host is no host");
    return true;
  }

  static boolean isAmbiguous(@Nullable String host) {
    return host != null && !host.startsWith("[") && host.indexOf(':') != host.lastIndexOf(':');
  }
}
