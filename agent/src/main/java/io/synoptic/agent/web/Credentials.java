package io.synoptic.agent.web;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;

/** A user's name and password, as a request brings them (RFC 7617). */
final class Credentials {
  private static final String BASIC = "Basic ";

  private final String user;
  private final byte[] password;

  private Credentials(String user, byte[] password) {
    this.user = user;
    this.password = password;
  }

  /** Those of a request; none if there are none that can be read. */
  static Optional<Credentials> of(Request request) {
    String header = request.getHeaders().get(HttpHeader.AUTHORIZATION);
    if (header == null || !header.regionMatches(true, 0, BASIC, 0, BASIC.length())) {
      return Optional.empty();
    }
    byte[] text;
    try {
      text = Base64.getDecoder().decode(header.substring(BASIC.length()).strip());
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    for (int colon = 0; colon < text.length; colon++) {
      if (text[colon] == ':') {
        return Optional.of(
            new Credentials(
                new String(text, 0, colon, StandardCharsets.UTF_8),
                Arrays.copyOfRange(text, colon + 1, text.length)));
      }
    }
    return Optional.empty();
  }

  String user() {
    return user;
  }

  byte[] password() {
    return password.clone();
  }
}
