package io.synoptic.agent.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import at.favre.lib.crypto.bcrypt.BCrypt;
import io.synoptic.agent.OpenSsl;
import io.synoptic.agent.RunningPrometheus;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The format of --web.config.file; {@code promtool check web-config} is of our opinion. */
class WebConfigTest {
  private static final String HASH = BCrypt.withDefaults().hashToString(4, "secret".toCharArray());

  @TempDir static Path folder;

  @BeforeAll
  static void makeCertificates() throws Exception {
    OpenSsl.selfSigned(folder, "server");
    OpenSsl.selfSigned(folder, "other");
  }

  private static WebConfig read(String text) throws Exception {
    Path file = folder.resolve("web.yml");
    Files.writeString(file, text);
    return WebConfig.read(file, new ReadFiles());
  }

  private static String tls(String more) {
    return "tls_server_config: {cert_file: server.pem, key_file: server.key" + more + "}\n";
  }

  static Stream<String> good() {
    return Stream.of(
        "",
        tls(""),
        tls(", client_auth_type: RequireAndVerifyClientCert, client_ca_file: other.pem"),
        tls(", client_auth_type: RequireAnyClientCert, min_version: TLS13"),
        tls(", client_auth_type: RequestClientCert, max_version: TLS12"),
        tls(", client_auth_type: VerifyClientCertIfGiven, client_ca_file: other.pem"),
        tls(", client_auth_type: NoClientCert, prefer_server_cipher_suites: no"),
        tls(", client_auth_type: null, client_ca_file: ~, cipher_suites: ")
            + "basic_auth_users: ~\nhttp_server_config: {headers: {X-XSS-Protection: ~}}",
        tls(", cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_AES_128_GCM_SHA256]"),
        tls(", curve_preferences: [CurveP256, X25519], min_version: TLS10"),
        "http_server_config: {http2: false, headers: {X-Frame-Options: deny, X-XSS-Protection: 0}}",
        "http_server_config:\n  headers:\n    Strict-Transport-Security: max-age=3600\n"
            + "    X-Content-Type-Options: nosniff\n    Content-Security-Policy: default-src 'self'",
        "basic_auth_users: {alice: " + HASH + ", 'b:o b': '" + HASH + "'}\n" + tls(""));
  }

  @ParameterizedTest
  @MethodSource("good")
  void goodFilesAreTaken(String text) throws Exception {
    read(text);

    assertThat(promtool()).isZero();
  }

  static Stream<String> bad() {
    return Stream.of(
        "tls_config: {}",
        "just text",
        "basic_auth_users: {alice: [",
        "tls_server_config: {cert_file: server.pem}",
        "tls_server_config: {key_file: server.key}",
        "tls_server_config: {client_auth_type: RequireAnyClientCert}",
        "tls_server_config: {cert_file: missing.pem, key_file: server.key}",
        "tls_server_config: {cert_file: server.pem, key_file: other.key}",
        "tls_server_config: {cert_file: server.key, key_file: server.key}",
        "tls_server_config: {cert_file: [server.pem], key_file: server.key}",
        tls(", cert_fiel: x"),
        tls(", cert_file: server.pem"),
        tls(", client_auth_type: Always"),
        tls(", client_ca_file: other.pem"),
        tls(", cipher_suites: TLS_AES_128_GCM_SHA256"),
        tls(", cipher_suites: [TLS_NULL]"),
        tls(", curve_preferences: [secp256r1]"),
        tls(", min_version: 1.2"),
        tls(", max_version: SSL3"),
        tls(", prefer_server_cipher_suites: 'true'"),
        "http_server_config: {http2: perhaps}",
        "http_server_config: {headers: {Server: synoptic}}",
        "http_server_config: {headers: {X-Frame-Options: DENY}}",
        "http_server_config: {headers: [X-Frame-Options]}",
        "basic_auth_users: {alice: secret}",
        "basic_auth_users: [alice]",
        "basic_auth_users: {alice: $2y$99$" + HASH.substring(7) + "}",
        "http_server_config: {}\nhttp_server_config: {}");
  }

  @ParameterizedTest
  @MethodSource("bad")
  void badFilesAreRefusedInOneLine(String text) throws Exception {
    assertThatThrownBy(() -> read(text))
        .isInstanceOf(InvalidInputException.class)
        .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1).doesNotContain(HASH));

    assertThat(promtool()).isNotZero();
  }

  private static int promtool() throws Exception {
    String promtool = RunningPrometheus.program("promtool");
    Process process =
        new ProcessBuilder(promtool, "check", "web-config", folder.resolve("web.yml").toString())
            .redirectErrorStream(true)
            .start();
    process.getInputStream().readAllBytes();
    return process.waitFor();
  }

  /** What promtool takes, and is half a protection or none. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "client_auth_type: RequireAndVerifyClientCert",
        "client_auth_type: VerifyClientCertIfGiven",
        "client_allowed_sans: [monitor]",
        "client_allowed_sans: [~], client_auth_type: RequireAndVerifyClientCert,"
            + " client_ca_file: other.pem",
        "client_allowed_sans: [''], client_auth_type: RequireAndVerifyClientCert,"
            + " client_ca_file: other.pem",
        "client_auth_type: VerifyClientCertIfGiven, client_ca_file: other.pem,"
            + " client_allowed_sans: [monitor]",
        "min_version: TLS13, max_version: TLS12",
        "max_version: TLS11",
        "cert: inline",
        "client_auth_type: RequireAndVerifyClientCert, client_ca_file: server.key",
      })
  void whatWouldProtectLessThanItSeemsToIsRefused(String more) {
    assertThatThrownBy(() -> read(tls(", " + more))).isInstanceOf(InvalidInputException.class);
    assertThatThrownBy(() -> read("tls_server_config: {min_version: TLS13}"))
        .hasMessageContaining("lacks cert_file");
  }

  /** Of every key of the file that takes a text, a list, a flag or a mapping. */
  static Stream<String> nulls() {
    Stream<String> ofTls =
        TlsServer.KEYS.stream()
            .filter(key -> !key.equals("cert_file") && !key.equals("key_file"))
            .map(key -> tls(", " + key + ": NULL"));
    Stream<String> ofHeaders =
        WebConfig.HEADERS.keySet().stream()
            .map(key -> "http_server_config: {headers: {" + key + ": NULL}}");
    return Stream.of(
            ofTls,
            ofHeaders,
            Stream.of(
                "basic_auth_users: NULL",
                "tls_server_config: NULL",
                "http_server_config: NULL",
                "http_server_config: {http2: NULL}",
                "http_server_config: {headers: NULL}"))
        .flatMap(each -> each);
  }

  @ParameterizedTest
  @MethodSource("nulls")
  void aNullIsTheSameAsNoKeyAtAll(String text) throws Exception {
    for (String spelling : List.of("~", "null", "Null", "NULL", "", "!!null ''")) {
      WebConfig config = read(text.replace("NULL", spelling));

      assertThat(config.users()).isEmpty();
      assertThat(config.headers()).isEmpty();
      assertThat(config.tls().isPresent()).isEqualTo(text.contains("cert_file"));
      config.tls().ifPresent(tls -> assertThat(tls.engine().getWantClientAuth()).isFalse());
    }
  }

  @Test
  void aTextThatReadsLikeANullIsAText() {
    for (String text : List.of("'null'", "\"~\"", "!!str null")) {
      assertThatThrownBy(() -> read(tls(", client_auth_type: " + text)))
          .hasMessageContaining("client_auth_type must be NoClientCert");
    }
  }

  @Test
  void aUserWithoutAHashIsNotLeftOut() {
    for (String text : List.of("{alice: ~}", "{alice: }", "{alice: ''}", "{~: x}")) {
      assertThatThrownBy(() -> read("basic_auth_users: " + text))
          .hasMessageStartingWith("line 1: basic_auth_users");
    }
  }

  @Test
  void aTlsSectionThatHoldsOnlyNullsIsNotPlainHttp() {
    assertThatThrownBy(() -> read("tls_server_config: {cert_file: ~, key_file: ~}"))
        .hasMessage("tls_server_config lacks cert_file: add it");
  }

  @Test
  void aMessageSaysWhatAndWhere() {
    assertThatThrownBy(() -> read("basic_auth_users:\n  alice: secret\n"))
        .hasMessageStartingWith("line 2: basic_auth_users has a user without a bcrypt hash here");
    assertThatThrownBy(() -> read(tls(", cert_fiel: x")))
        .hasMessageStartingWith("line 1: tls_server_config: a key is not known; known here: cert,");
    assertThatThrownBy(() -> read("tls_server_config: {cert_file: no.pem, key_file: server.key}"))
        .hasMessageEndingWith(
            "cert_file names a file that does not exist (names are relative to " + folder + ")");
  }

  @ParameterizedTest
  @CsvSource({"genrsa -traditional 2048", "ecparam -name secp384r1 -genkey"})
  void keysOfOpenSslsOlderFormsAreTaken(String command) throws Exception {
    OpenSsl.run(folder, command.replaceFirst(" ", " -out old.key ").split(" ", -1));
    OpenSsl.run(folder, "req -x509 -key old.key -subj /CN=old -out old.pem".split(" ", -1));

    assertThat(read("tls_server_config: {cert_file: old.pem, key_file: old.key}").tls())
        .isPresent();
  }

  @Test
  void ed25519AndInlinePemAreTaken() throws Exception {
    OpenSsl.run(
        folder,
        "req -x509 -newkey ed25519 -nodes -keyout ed.key -subj /CN=ed -out ed.pem".split(" ", -1));
    String key = Files.readString(folder.resolve("ed.key")).replace("\n", "\n    ");

    assertThat(read("tls_server_config:\n  cert_file: ed.pem\n  key: |\n    " + key).tls())
        .isPresent();
  }

  @Test
  void anEncryptedKeyIsRefusedWithTheWayOut() throws Exception {
    OpenSsl.run(
        folder, "pkey -in server.key -aes256 -passout pass:secret -out locked.key".split(" ", -1));

    assertThatThrownBy(
            () -> read("tls_server_config: {cert_file: server.pem, key_file: locked.key}"))
        .hasMessageContaining("openssl pkey");
  }

  @Test
  void anExpiredCertificateIsRefused() throws Exception {
    OpenSsl.expired(folder, "past");

    assertThatThrownBy(() -> read("tls_server_config: {cert_file: past.pem, key_file: past.pem}"))
        .hasMessageContaining("cert_file expired at ");
  }

  @Test
  void passwordsAreCheckedByBcrypt() {
    Passwords passwords = new Passwords();
    Passwords.Asker asker = new Passwords.Asker(AddressBlock.UNKNOWN, 60_000, () -> true);
    Map<String, String> users = Map.of("alice", HASH);
    byte[] secret = "secret".getBytes(StandardCharsets.UTF_8);

    assertThat(passwords.check("alice", secret, users, asker).join()).isTrue();
    assertThat(passwords.check("alice", secret, users, asker)).as("known again").isCompleted();
    assertThat(passwords.check("alice", new byte[] {'x'}, users, asker).join()).isFalse();
    assertThat(passwords.check("bob", secret, users, asker).join()).isFalse();
    String other = BCrypt.withDefaults().hashToString(4, "other".toCharArray());
    assertThat(passwords.check("alice", secret, Map.of("alice", other), asker).join()).isFalse();
  }
}
