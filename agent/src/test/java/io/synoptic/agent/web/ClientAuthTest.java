package io.synoptic.agent.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.synoptic.agent.OpenSsl;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every client_auth_type with and without an authority and allowed names. */
class ClientAuthTest {
  private static final List<String> AUTHORITIES = List.of("", "client_ca_file: ca.pem");
  private static final List<String> NAMES = List.of("", "client_allowed_sans: [localhost]");

  /** All others are refused; an absent type is NoClientCert. */
  private static final Set<String> TAKEN =
      Set.of(
          "",
          "client_auth_type: NoClientCert",
          "client_auth_type: RequestClientCert",
          "client_auth_type: RequireAnyClientCert",
          "client_auth_type: RequireClientCert",
          "client_auth_type: VerifyClientCertIfGiven, client_ca_file: ca.pem",
          "client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.pem",
          "client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.pem,"
              + " client_allowed_sans: [localhost]");

  @TempDir static Path folder;

  @BeforeAll
  static void makeCertificates() throws Exception {
    OpenSsl.selfSigned(folder, "server");
    OpenSsl.selfSigned(folder, "ca");
    OpenSsl.selfSigned(folder, "stranger");
    OpenSsl.expired(folder, "past");
  }

  private static TlsServer read(String more) throws Exception {
    Path file = folder.resolve("web.yml");
    String own = "cert_file: server.pem, key_file: server.key";
    Files.writeString(
        file, "tls_server_config: {" + own + (more.isEmpty() ? "" : ", " + more) + "}");
    return WebConfig.read(file, new ReadFiles()).tls().orElseThrow();
  }

  private static X509Certificate[] certificate(String name) throws Exception {
    return Pem.certificates(Files.readAllBytes(folder.resolve(name + ".pem")))
        .toArray(X509Certificate[]::new);
  }

  static List<Arguments> combinations() {
    List<Arguments> all = new ArrayList<>();
    List<String> types =
        Stream.concat(
                Stream.of(""),
                Stream.of(ClientAuth.values()).map(type -> "client_auth_type: " + type))
            .toList();
    for (String type : types) {
      for (String authority : AUTHORITIES) {
        for (String names : NAMES) {
          all.add(Arguments.of(type, authority, names));
        }
      }
    }
    return all;
  }

  private static String join(String... parts) {
    return String.join(", ", Stream.of(parts).filter(part -> !part.isEmpty()).toList());
  }

  @ParameterizedTest
  @MethodSource("combinations")
  void aCombinationProtectsAsItSeemsToOrIsRefused(String type, String authority, String names)
      throws Exception {
    String more = join(type, authority, names);
    if (!TAKEN.contains(more)) {
      assertThatThrownBy(() -> read(more))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("client_")
          .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1).contains("set client_"));
      return;
    }
    TlsServer server = read(more);
    boolean asked = server.engine().getNeedClientAuth() || server.engine().getWantClientAuth();
    if (!authority.isEmpty()) {
      server.clients().checkClientTrusted(certificate("ca"), "ECDHE_ECDSA");
    }
    if (!authority.isEmpty() || !names.isEmpty()) {
      assertThat(asked).isTrue();
      assertThatThrownBy(
              () -> server.clients().checkClientTrusted(certificate("stranger"), "ECDHE_ECDSA"))
          .as("a certificate that somebody made for himself, with an allowed name")
          .isInstanceOf(CertificateException.class);
    }
    assertThat(server.engine().getNeedClientAuth())
        .as("who shows none is turned away")
        .isEqualTo(type.contains("Require"));
  }

  @Test
  void everyCombinationThatIsTakenIsTried() {
    assertThat(combinations().stream().map(Arguments::get).map(ClientAuthTest::joined))
        .containsAll(TAKEN);
  }

  private static String joined(Object[] parts) {
    return join(Stream.of(parts).map(Object::toString).toArray(String[]::new));
  }

  /** Alone, or one of several; in a file, or in the text. */
  @ParameterizedTest
  @ValueSource(strings = {"past", "ca past", "past ca"})
  void anAuthorityThatHasExpiredIsRefused(String names) throws Exception {
    StringBuilder bundle = new StringBuilder();
    for (String name : names.split(" ", -1)) {
      bundle.append(Files.readString(folder.resolve(name + ".pem")));
    }
    Files.writeString(folder.resolve("bundle.pem"), bundle);
    for (String type : List.of("VerifyClientCertIfGiven", "RequireAndVerifyClientCert")) {
      assertThatThrownBy(() -> read("client_auth_type: " + type + ", client_ca_file: bundle.pem"))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageMatching(
              "line 1: .*client_ca_file has an authority that expired at .*: renew it");
    }
  }

  @Test
  void anAuthorityThatExpiresWhileTheAgentRunsSignsNobodyAnyLonger() throws Exception {
    List<X509Certificate> both = List.of(certificate("ca")[0], certificate("past")[0]);
    Instant now = Instant.now();
    Instant[] clock = {now};
    Authorities authorities = new Authorities(both, InstantSource.system());
    Authorities later = new Authorities(both, () -> clock[0]);

    authorities.check(certificate("ca"), "ECDHE_ECDSA", null);
    assertThat(authorities.accepted()).containsExactly(certificate("ca"));
    later.check(certificate("ca"), "ECDHE_ECDSA", null);
    clock[0] = now.plus(Duration.ofDays(31));
    assertThatThrownBy(() -> later.check(certificate("ca"), "ECDHE_ECDSA", null))
        .isInstanceOf(CertificateException.class)
        .hasMessageContaining("expired");
  }
}
