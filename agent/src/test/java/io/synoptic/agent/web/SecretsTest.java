package io.synoptic.agent.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import at.favre.lib.crypto.bcrypt.BCrypt;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.synoptic.agent.OpenSsl;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever is where in --web.config.file: no message and no line of the log repeats it. */
class SecretsTest {
  private static final String PASSWORD = "Kx7qQm2vSecretWord";

  /** Five characters in a row of a secret are one, too. */
  private static final int PART = 5;

  private static final Set<String> PARTS = new HashSet<>();

  @TempDir static Path folder;

  private static String privateKey;
  private static String hash;

  @BeforeAll
  static void makeSecrets() throws Exception {
    OpenSsl.selfSigned(folder, "server");
    privateKey = Files.readString(folder.resolve("server.key"));
    hash = BCrypt.withDefaults().hashToString(4, PASSWORD.toCharArray());
    for (String secret : List.of(PASSWORD, hash.substring(7), privateKey.split("\n", -1)[1])) {
      PARTS.addAll(parts(secret));
    }
  }

  private static List<String> parts(String text) {
    return IntStream.rangeClosed(0, text.length() - PART)
        .mapToObj(at -> text.substring(at, at + PART))
        .toList();
  }

  /** A place for a secret: what is before it in the file, and what is behind it. */
  private record Place(String before, String after) {
    @Override
    public String toString() {
      return before + "…" + after;
    }
  }

  /** As the value of each key of each section, as the key, and where there is neither. */
  static Stream<Place> places() {
    List<Place> places = new ArrayList<>();
    places.add(new Place("", ""));
    places.add(new Place("basic_auth_users:\n  alice: ", ""));
    places.add(new Place("basic_auth_users:\n  ", ": alice"));
    places.add(new Place("basic_auth_users:\n  ", ": {}"));
    for (String key : List.of("tls_server_config", "http_server_config", "basic_auth_users")) {
      places.add(new Place(key + ": ", ""));
      places.add(new Place(key + ":\n  ", ": x"));
      places.add(new Place(key + ": {}\n", ": x"));
    }
    places.add(new Place("http_server_config:\n  http2: ", ""));
    places.add(new Place("http_server_config:\n  headers: ", ""));
    places.add(new Place("http_server_config:\n  headers:\n    ", ": x"));
    for (String header : WebConfig.HEADERS.keySet()) {
      places.add(new Place("http_server_config:\n  headers:\n    " + header + ": ", ""));
    }
    String good = "cert_file: server.pem\n  key_file: server.key\n  ";
    for (String key : TlsServer.KEYS) {
      String others =
          switch (key) {
            case "cert", "cert_file" -> "key_file: server.key\n  ";
            case "key", "key_file" -> "cert_file: server.pem\n  ";
            case "client_ca", "client_ca_file" ->
                good + "client_auth_type: RequireAndVerifyClientCert\n  ";
            default -> good;
          };
      places.add(new Place("tls_server_config:\n  " + others + key + ": ", ""));
      places.add(new Place("tls_server_config:\n  " + others + key + ":\n    - ", ""));
    }
    return places.stream();
  }

  /** The ways a text may be written, and miswritten. */
  private static List<String> spellings() {
    String block = "|\n      " + privateKey.replace("\n", "\n      ");
    String oneLine = privateKey.replace("\n", " ");
    List<String> spellings = new ArrayList<>(List.of(block, privateKey, "'" + oneLine + "'"));
    spellings.addAll(List.of(hash, "'" + hash + "'", "[" + hash + "]", "{" + hash + ": x}"));
    String secret = PASSWORD;
    spellings.addAll(List.of(secret, "'" + secret + "'", "'" + secret, "\"\\" + secret));
    spellings.addAll(List.of("[" + secret + "]", "[" + secret, "{" + secret + ": 1}"));
    spellings.addAll(List.of("{a: " + secret + "}", "*" + secret, "!" + secret + " x"));
    spellings.addAll(List.of("!" + secret + "!x y", "&" + secret + " &x y", "@" + secret));
    spellings.addAll(List.of("%" + secret, "\t" + secret, "? " + secret, secret + ": " + secret));
    spellings.addAll(List.of("\u0000" + secret, "\"\\0" + secret + "\"", "\u0007" + secret));
    spellings.addAll(List.of(secret.repeat(400), "[[" + secret + "]]", "[{" + secret + ": b}]"));
    spellings.addAll(List.of("~\n" + secret + ": " + secret, "~\n" + secret));
    return spellings;
  }

  @ParameterizedTest
  @MethodSource("places")
  void noMessageRepeatsWhatIsInTheFile(Place place) throws Exception {
    Path file = folder.resolve("web.yml");
    int refused = 0;
    for (String spelling : spellings()) {
      Files.writeString(file, place.before() + spelling + place.after());
      Throwable thrown = catchThrowable(() -> WebConfigFile.open(file));
      if (thrown != null) {
        refused++;
        assertThat(thrown).as(spelling).isInstanceOf(InvalidInputException.class);
        assertNoSecret(thrown.getMessage());
        assertThat(thrown.getMessage()).hasLineCount(1).hasSizeLessThan(800);
      }
    }
    assertThat(refused).isPositive();
  }

  private static void assertNoSecret(String message) {
    assertThat(message).doesNotContain("BEGIN", "$2a$");
    assertThat(parts(message).stream().noneMatch(PARTS::contains)).as(message).isTrue();
  }

  @Test
  void aKeyWhereItsFilesNameBelongsIsNamedByKeyAndLine() throws Exception {
    Path file = folder.resolve("web.yml");
    String key = "|\n    " + privateKey.replace("\n", "\n    ");
    Files.writeString(file, "tls_server_config:\n  cert_file: server.pem\n  key_file: " + key);

    assertThat(catchThrowable(() -> WebConfigFile.open(file)))
        .hasMessageEndingWith(
            ": line 3: tls_server_config.key_file must be the name of a file: write PEM itself"
                + " under key");
  }

  @Test
  void theLogOfAChangeRepeatsNothingOfTheFileEither() throws Exception {
    Path file = Files.writeString(folder.resolve("changing.yml"), "");
    WebConfigFile config = WebConfigFile.open(file);
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    config.register(registry);
    PrintStream before = System.err;
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
    try {
      for (String spelling : spellings()) {
        Files.writeString(file, "basic_auth_users:\n  alice: " + spelling);
        config.reread();
        Files.writeString(file, "tls_server_config: {key_file: " + spelling + "}");
        config.reread();
      }
    } finally {
      System.setErr(before);
    }

    assertThat(registry.get("synoptic.web.config.success").gauge().value()).isZero();
    assertThat(log.toString(StandardCharsets.UTF_8))
        .contains("the last good configuration stays in use")
        .satisfies(SecretsTest::assertNoSecret);
  }
}
