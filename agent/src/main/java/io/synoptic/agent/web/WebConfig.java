package io.synoptic.agent.web;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What {@code --web.config.file} says, in exporter-toolkit's format.
 *
 * @param tls none for plain HTTP
 * @param headers to send with every answer
 * @param users bcrypt hashes by name; none lets everybody in
 * @see <a
 *     href="https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md">the
 *     format</a>
 */
record WebConfig(Optional<TlsServer> tls, Map<String, String> headers, Map<String, String> users) {
  private static final Set<String> KEYS =
      Set.of("tls_server_config", "http_server_config", "basic_auth_users");

  private static final Set<String> HTTP_KEYS = Set.of("http2", "headers");

  /** The headers that may be set, with what they may say; nothing there: anything. */
  static final Map<String, List<String>> HEADERS =
      Map.of(
          "Content-Security-Policy", List.of(),
          "Strict-Transport-Security", List.of(),
          "X-Content-Type-Options", List.of("nosniff"),
          "X-Frame-Options", List.of("deny", "sameorigin"),
          "X-XSS-Protection", List.of());

  private static final Pattern HASH =
      Pattern.compile("\\$2[aby]\\$(0[4-9]|[12][0-9]|3[01])\\$[./A-Za-z0-9]{53}");

  private static final Pattern HEADER_VALUE = Pattern.compile("[\\x20-\\x7e]*");

  /** Reads the file and those that it names. */
  static WebConfig read(Path file, ReadFiles files) throws InvalidInputException {
    YamlSection all = YamlSection.ofFile(text(file, files), KEYS);
    Map<String, String> headers = headers(all.section("http_server_config", HTTP_KEYS));
    Map<String, String> users = users(all);
    YamlSection tls = all.section("tls_server_config", TlsServer.KEYS);
    return new WebConfig(
        tls.isEmpty()
            ? Optional.empty()
            : Optional.of(TlsServer.read(tls, file.toAbsolutePath().getParent(), files)),
        headers,
        users);
  }

  private static String text(Path file, ReadFiles files) throws InvalidInputException {
    try {
      return new String(files.read(file), StandardCharsets.UTF_8);
    } catch (InvalidInputException e) {
      throw new InvalidInputException("the file " + e.getMessage());
    }
  }

  private static Map<String, String> headers(YamlSection http) throws InvalidInputException {
    http.flag("http2", true); // only HTTP/1.1 is spoken, which every scraper can
    YamlSection section = http.section("headers", HEADERS.keySet());
    Map<String, String> headers = new HashMap<>();
    for (Map.Entry<String, List<String>> header : HEADERS.entrySet()) {
      Optional<String> value = section.text(header.getKey());
      if (value.isPresent()) {
        List<String> allowed = header.getValue();
        if (!allowed.isEmpty() && !allowed.contains(value.get())) {
          throw section.wrong(header.getKey(), "must be " + String.join(" or ", allowed));
        }
        if (!HEADER_VALUE.matcher(value.get()).matches()) {
          throw section.wrong(header.getKey(), "must be one line of ASCII");
        }
        headers.put(header.getKey(), value.get());
      }
    }
    return Map.copyOf(headers);
  }

  private static Map<String, String> users(YamlSection all) throws InvalidInputException {
    return Map.copyOf(
        all.texts(
            "basic_auth_users",
            hash -> HASH.matcher(hash).matches(),
            "has a user without a bcrypt hash here: make one with htpasswd -nBC 10 \"\""));
  }
}
