package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import at.favre.lib.crypto.bcrypt.BCrypt;
import io.synoptic.agent.HttpExchange.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** --web.config.file on a real agent, over real connections. */
@Tag("waits")
class WebConfigIT {
  private static final String TLS = "tls_server_config: {cert_file: a.pem, key_file: a.key}\n";

  @TempDir Path folder;

  @BeforeEach
  void makeCertificates() throws Exception {
    OpenSsl.selfSigned(folder, "a");
    OpenSsl.selfSigned(folder, "b");
  }

  private RunningAgent start(String text) throws Exception {
    write(text);
    return RunningAgent.start("--web.config.file=" + folder.resolve("web.yml"));
  }

  private void write(String text) throws IOException {
    Path next = Files.writeString(folder.resolve("next.yml"), text);
    Files.move(next, folder.resolve("web.yml"), StandardCopyOption.REPLACE_EXISTING);
  }

  private static Socket plain(RunningAgent agent) throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), agent.port());
  }

  private static SSLSocket tls(RunningAgent agent) throws Exception {
    return TlsClient.over(plain(agent));
  }

  private SSLSocket tls(RunningAgent agent, String name) throws Exception {
    return TlsClient.over(plain(agent), folder, name);
  }

  private static String authorization(String user, String password) {
    String pair = user + ":" + password;
    return "Authorization: Basic "
        + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  private static String subject(SSLSocket socket) throws Exception {
    return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
        .getSubjectX500Principal()
        .getName();
  }

  @Test
  @Tag("measures")
  void everyPathTakesAPasswordAndEveryAnswerHasTheHeaders() throws Exception {
    String hash = BCrypt.withDefaults().hashToString(10, "open sesame".toCharArray());
    try (RunningAgent agent =
            start(
                TLS
                    + "http_server_config: {headers: {X-Frame-Options: deny}}\n"
                    + "basic_auth_users: {alice: "
                    + hash
                    + "}\n");
        HttpExchange http = new HttpExchange(tls(agent))) {
      assertThat(agent.url().getScheme()).isEqualTo("https");
      for (String path : List.of("/", "/metrics", "/-/healthy", "/-/ready", "/nothing")) {
        Answer answer = http.get(path);
        assertThat(answer.status()).as(path).isEqualTo(401);
        assertThat(answer.headers())
            .containsEntry("x-frame-options", "deny")
            .containsEntry("www-authenticate", "Basic realm=\"synoptic\"");
      }
      for (String wrong :
          List.of(
              authorization("alice", "close sesame"),
              authorization("bob", "open sesame"),
              authorization("", ""),
              "Authorization: Basic !",
              "Authorization: Bearer x")) {
        assertThat(http.get("/metrics", wrong).status()).as(wrong).isEqualTo(401);
      }
      Answer answer = http.get("/metrics", authorization("alice", "open sesame"));
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.headers()).containsEntry("x-frame-options", "deny");
      assertThat(answer.sample("synoptic_web_config_success")).isEqualTo(1);
      assertThat(answer.sample("synoptic_http_requests_total{code=\"401\"}")).isEqualTo(10);
      long start = System.nanoTime();
      for (int i = 0; i < 20; i++) {
        http.get("/-/healthy", authorization("alice", "open sesame"));
      }
      assertThat(System.nanoTime() - start)
          .as("bcrypt is not computed each time")
          .isLessThan(TimeUnit.SECONDS.toNanos(1));
    }
  }

  @Test
  void aChangeIsTakenOverAndABadOneIsToldOnceAndLeftOut() throws Exception {
    try (RunningAgent agent = start(TLS)) {
      try (SSLSocket before = tls(agent)) {
        assertThat(subject(before)).isEqualTo("CN=a");
      }
      Files.copy(
          folder.resolve("b.key"), folder.resolve("a.key"), StandardCopyOption.REPLACE_EXISTING);
      await(agent, 0);
      try (SSLSocket meanwhile = tls(agent)) {
        assertThat(subject(meanwhile)).as("the last good one").isEqualTo("CN=a");
      }
      TimeUnit.SECONDS.sleep(5);
      assertThat(agent.errors()).containsOnlyOnce("does not belong to the certificate");

      Files.copy(
          folder.resolve("b.pem"), folder.resolve("a.pem"), StandardCopyOption.REPLACE_EXISTING);
      await(agent, 1);
      try (SSLSocket after = tls(agent)) {
        assertThat(subject(after)).isEqualTo("CN=b");
      }
      write("basic_auth_users: {}");
      await(agent, 0);
      assertThat(agent.errors()).containsOnlyOnce("tls_server_config can't come or go");
      write(TLS + "http_server_config: {headers: {X-Content-Type-Options: nosniff}}");
      await(agent, 1);
      try (HttpExchange http = new HttpExchange(tls(agent))) {
        assertThat(http.get("/").headers()).containsEntry("x-content-type-options", "nosniff");
      }
    }
  }

  private void await(RunningAgent agent, double success) throws Exception {
    for (int i = 0; i < 100; i++) {
      try (HttpExchange http = new HttpExchange(tls(agent))) {
        if (http.get("/metrics").sample("synoptic_web_config_success") == success) {
          return;
        }
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
    throw new AssertionError("synoptic_web_config_success is not " + success);
  }

  @Test
  void onlyTheCurvesThatAreNamedAreSpoken() throws Exception {
    try (RunningAgent agent = start(TLS.replace("}", ", curve_preferences: [CurveP384]}"))) {
      String connect = "s_client -connect 127.0.0.1:" + agent.port() + " -groups ";
      OpenSsl.run(folder, (connect + "P-384").split(" ", -1));
      assertThatThrownBy(() -> OpenSsl.run(folder, (connect + "X25519").split(" ", -1)))
          .isInstanceOf(AssertionError.class);
    }
  }

  @Test
  void onlyClientsWithAnAllowedCertificateComeIn() throws Exception {
    OpenSsl.selfSigned(folder, "stranger");
    try (RunningAgent agent =
        start(
            TLS.replace(
                "}",
                ", client_auth_type: RequireAndVerifyClientCert, client_ca_file: b.pem,"
                    + " client_allowed_sans: ['127.0.0.1'], max_version: TLS12}"))) {
      assertThatThrownBy(() -> tls(agent)).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> tls(agent, "stranger")).isInstanceOf(IOException.class);
      try (HttpExchange http = new HttpExchange(tls(agent, "b"))) {
        assertThat(http.get("/-/healthy").status()).isEqualTo(200);
      }
      try (HttpExchange http = new HttpExchange(plain(agent))) {
        assertThatThrownBy(() -> http.get("/metrics")).isInstanceOf(IOException.class);
      }
      assertThat(agent.errors()).isEmpty();
    }
  }
}
