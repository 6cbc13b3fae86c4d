package io.synoptic.agent.web;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
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
  private static final Map<String, List<String>> HEADERS =
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
    String text = new String(files.read(file), StandardCharsets.UTF_8);
    YamlSection all = YamlSection.ofFile(text, KEYS);
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

  private static Map<String, String> headers(YamlSection http) throws InvalidInputException {
    http.flag("http2", true); // only HTTP/1.1 is spoken, which every scraper can
    Map<String, String> headers = http.texts("headers");
    for (Map.Entry<String, String> header : headers.entrySet()) {
      List<String> allowed = HEADERS.get(header.getKey());
      if (allowed == null) {
        throw http.wrong(
            "headers",
            "has "
                + header.getKey()
                + ", which can't be set; those that can: "
                + String.join(", ", HEADERS.keySet().stream().sorted().toList()));
      }
      if (!allowed.isEmpty() && !allowed.contains(header.getValue())) {
        throw http.wrong("headers." + header.getKey(), "must be " + String.join(" or ", allowed));
      }
      if (!HEADER_VALUE.matcher(header.getValue()).matches()) {
        throw http.wrong("headers." + header.getKey(), "must be one line of ASCII");
      }
    }
    headers.values().removeIf(String::isEmpty);
    return Map.copyOf(headers);
  }

  private static Map<String, String> users(YamlSection all) throws InvalidInputException {
    Map<String, String> users = all.texts("basic_auth_users");
    for (Map.Entry<String, String> user : users.entrySet()) {
      if (!HASH.matcher(user.getValue()).matches()) {
        throw all.wrong(
            "basic_auth_users",
            "has no bcrypt hash for '" + user.getKey() + "': make one with htpasswd -nBC 10 \"\"");
      }
    }
    return Map.copyOf(users);
  }
}
