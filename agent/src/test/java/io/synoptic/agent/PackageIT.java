package io.synoptic.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import at.favre.lib.crypto.bcrypt.BCrypt;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The Debian package, installed: what is there, what it may do, and how it is configured. */
@Tag("waits")
class PackageIT extends InstalledPackage {
  private static final String TLS = "tls_server_config: {cert_file: tls.crt, key_file: tls.key}\n";
  private static final String CERTIFICATE =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30"
          + " -keyout tls.key -out tls.crt -subj /CN=box 2>&1";

  private static final String EXPIRED =
      CERTIFICATE.replace("-x509", "-new").replace("tls.crt", "tls.csr").replace(" -days 30", "")
          + " && openssl x509 -req -in tls.csr -signkey tls.key -days -1 -out tls.crt 2>&1";

  /** What makes the unit unusable. */
  private interface Setting {
    void make() throws Exception;
  }

  @Test
  void installedItIsEnabledAndReady() throws Exception {
    assertThat(must("systemctl is-enabled synoptic.service")).isEqualTo("enabled");
    assertThat(machine.inside("systemctl is-enabled synoptic.socket").output())
        .isEqualTo("disabled");
    assertThat(machine.inside("systemctl is-enabled synoptic-node.service").output())
        .isEqualTo("disabled");
    assertThat(property("ActiveState")).isEqualTo("active");
    assertThat(property("StatusText"))
        .isEqualTo("Answers at http://localhost:10119/metrics; it scans by sock_diag");
    assertThat(must("synoptic --version")).startsWith("synoptic, version ");
    assertThat(must("zcat \"$(man -w synoptic)\"")).contains("systemd\\-socket");
  }

  @Test
  void theCommandsAreInThePathWithAPageEachAndAskTheAgent() throws Exception {
    for (String command : List.of("doctor", "top", "snapshot", "states")) {
      assertThat(must("zcat \"$(man -w synoptic-" + command + ")\""))
          .contains("EXIT STATUS", "EXAMPLES");
    }
    assertThat(must("synoptic snapshot")).contains("through the agent at http://127.0.0.1:10119");
    assertThat(must("synoptic doctor --agent=none || [ $? -le 2 ]"))
        .contains("by scans of its own");
    assertThat(must("synoptic snapshot --agent=none")).containsPattern(":10119 .* java ");
    assertThat(must("script -qec 'TERM=xterm synoptic top --count=1' /dev/null </dev/null"))
        .contains("\033[?1049h", "\033[?1049l");
    assertThat(must("ls /tmp")).doesNotContain("jline", "jffi");
  }

  @Test
  void nothingIsUnpackedAndNobodyElsesRuntimeIsUsed() throws Exception {
    String pid = property("MainPID");

    String maps = must("cat /proc/" + pid + "/maps");
    assertThat(maps)
        .contains("/usr/lib/synoptic/native/libsynoptic.so")
        .containsPattern("/usr/lib/synoptic/native/libjffi-[0-9.]+so")
        .contains("/usr/lib/synoptic/synoptic.jsa")
        .contains("/usr/lib/synoptic/jre/lib/server/libjvm.so")
        .doesNotContain("/usr/lib/jvm/", "/tmp/");
    assertThat(
            must(
                "ls -A /proc/"
                    + pid
                    + "/root/tmp /proc/"
                    + pid
                    + "/root/var/tmp | grep -v :"
                    + " || true"))
        .isEmpty();
    assertThat(must("find /usr/lib/synoptic ! -user root -o -perm /022 ! -type l")).isEmpty();
  }

  @Test
  void itHasNoCapabilityAndNoUserIsAdded() throws Exception {
    String status = must("cat /proc/" + property("MainPID") + "/status");

    assertThat(status).containsPattern("CapBnd:\\s0+\n").containsPattern("CapPrm:\\s0+\n");
    assertThat(status).containsPattern("NoNewPrivs:\\s1\n").containsPattern("Seccomp:\\s2\n");
    assertThat(must("grep synoptic /etc/passwd || true")).isEmpty();
  }

  @Test
  void theUnitIsExposedLittle() throws Exception {
    String said = must("systemd-analyze security --no-pager synoptic.service | tail -n 1");

    assertThat(said).containsPattern("exposure level for synoptic.service: (0\\.|1\\.[0-5] )");
  }

  @Test
  void asTheNodesUnitItSeesEveryNamespaceAndItsJvmHasNoPrivilege() throws Exception {
    Bpf.assumeItLoads();
    must("ip netns add shop && ip -n shop link set lo up");
    must(
        "systemd-run --quiet --unit=shop --property=NetworkNamespacePath=/run/netns/shop"
            + " systemd-socket-activate --listen=127.0.0.1:8099 /bin/true");
    try {
      switchToTheNode();

      assertThat(property(NODE, "StatusText")).endsWith("; it scans by bpf");
      assertThat(scrape().text())
          .contains("synoptic_source_info{collector=\"sockets\",reason=\"best\",source=\"bpf\"} 1");
      // One that is no pod's is shown when it has been there for ten seconds.
      await(
          Duration.ofSeconds(30),
          () ->
              scrape()
                  .text()
                  .contains(
                      "synoptic_tcp_listener_sockets{address=\"127.0.0.1\",namespace=\"\","
                          + "netns=\"shop\",pod=\"\",port=\"8099\"} 1.0"));
      String threads =
          must("cat /proc/" + property(NODE, "MainPID") + "/task/*/status 2>/dev/null; true");
      assertThat(threads.lines().filter(line -> line.startsWith("Cap")))
          .hasSizeGreaterThan(5 * 10)
          .allMatch(line -> line.matches("Cap\\w+:\\s0+"));
      assertThat(threads.lines().filter(line -> line.startsWith("NoNewPrivs")))
          .allMatch(line -> line.matches("\\w+:\\s1"));
      assertThat(threads.lines().filter(line -> line.startsWith("Uid")))
          .allMatch(line -> line.matches("Uid:(\\s[1-9][0-9]+){4}"));
      assertThat(threads.lines().filter(line -> line.startsWith("Seccomp:")))
          .allMatch(line -> line.matches("\\w+:\\s2"));
    } finally {
      must("systemctl stop shop; ip netns delete shop");
    }
  }

  @Test
  void whereBpfIsRefusedTheNodesUnitSaysSoAndReadsThroughProc() throws Exception {
    overrideOf(NODE, "SystemCallFilter=~bpf");

    switchToTheNode();

    assertThat(scrape().text())
        .contains(
            "synoptic_source_info{collector=\"sockets\",reason=\"forbidden\",source=\"proc\"} 1")
        .contains("synoptic_source_fallback{collector=\"sockets\"} 1.0");
    assertThat(journal(NODE)).containsOnlyOnce("reading from proc, for bpf: ");
  }

  @Test
  void theNodesUnitIsExposedLittle() throws Exception {
    String said = must("systemd-analyze security --no-pager synoptic-node.service | tail -n 1");

    assertThat(said)
        .containsPattern("exposure level for synoptic-node.service: ([01]\\.|2\\.[0-4] )");
  }

  @Test
  void theNodesUnitTakesTheSocketAndCredentialsAsWell() throws Exception {
    webConfig(NODE, TLS, CERTIFICATE);
    must("sed -i 's/=\"/&--web.systemd-socket /' " + DEFAULTS);
    overrideOf(SOCKET, "Service=" + NODE);
    must("systemctl disable --now synoptic.service");

    must("systemctl enable --now synoptic.socket && systemctl start " + NODE);

    assertThat(
            must(
                "curl -s --resolve box:10119:127.0.0.1 --cacert /etc/synoptic/tls.crt https://box:10119/-/healthy"))
        .isNotEmpty();
    assertThat(property(NODE, "ActiveState")).isEqualTo("active");
    assertThat(property("ActiveState")).isEqualTo("inactive");
  }

  @Test
  void anOptionThatCanNotBeUsedIsOneLineAndTheUnitFails() throws Exception {
    assertRefused(() -> options("--scan.timeout=soon"), "--scan.timeout");
  }

  private void assertRefused(Setting wrong, String reason) throws Exception {
    must("systemctl stop synoptic.service && journalctl --rotate --vacuum-size=1 2>/dev/null");
    wrong.make();

    assertThat(machine.inside("systemctl start synoptic.service").status()).isNotZero();

    assertThat(property("ActiveState")).isEqualTo("failed");
    assertThat(property("ExecMainStatus")).isEqualTo("2");
    assertThat(property("NRestarts")).isEqualTo("0");
    List<String> said = journal().lines().filter(line -> line.startsWith("synoptic: ")).toList();
    assertThat(said).hasSize(1);
    assertThat(said.get(0)).contains(reason);
    assertThat(must("ss -Hltn 'sport = :" + PORT + "'")).isEmpty();
  }

  /** Files of root's, of which systemd shows the agent copies, as the unit's comment says. */
  private void webConfig(String unit, String text, String makeCertificate) throws Exception {
    must("mkdir -m 700 -p /etc/synoptic && cd /etc/synoptic && " + makeCertificate);
    must("cat >/etc/synoptic/web.yml <<'END'\n" + text + "END");
    overrideOf(
        unit,
        Stream.of("web.yml", "tls.crt", "tls.key")
            .map(name -> "LoadCredential=" + name + ":/etc/synoptic/" + name)
            .toArray(String[]::new));
    options("--web.config.file=/run/credentials/" + unit + "/web.yml");
  }

  @Test
  void fromOutsideItIsScrapedWithTlsAndAPassword() throws Exception {
    String hash = BCrypt.withDefaults().hashToString(10, "open sesame".toCharArray());
    webConfig(UNIT, TLS + "basic_auth_users: {prometheus: " + hash + "}\n", CERTIFICATE);
    must("systemctl restart synoptic.service");

    try (NetworkNamespace outside = NetworkNamespace.create(1024)) {
      machine.connectTo(outside);
      String credentials =
          Base64.getEncoder().encodeToString("prometheus:open sesame".getBytes(UTF_8));
      try (HttpExchange https =
          new HttpExchange(TlsClient.over(outside.call(() -> new Socket("10.119.0.2", PORT))))) {
        assertThat(https.get("/metrics").status()).isEqualTo(401);
        assertThat(
                https
                    .get("/metrics", "Authorization: Basic " + credentials)
                    .sample("synoptic_scan_success{collector=\"sockets\"}"))
            .isEqualTo(1);
      }
      try (HttpExchange plain =
          new HttpExchange(outside.call(() -> new Socket("10.119.0.2", PORT)))) {
        assertThatThrownBy(() -> plain.get("/metrics")).isInstanceOf(IOException.class);
      }
    }
    assertThat(journal()).doesNotContain("Exception");
  }

  @Test
  void aWebConfigurationThatCanNotBeUsedIsOneLineAndTheUnitFails() throws Exception {
    assertRefused(
        () -> webConfig(UNIT, TLS + "basic_auth_user: {}\n", CERTIFICATE),
        "web.yml: line 2: a key is not known; known here: basic_auth_users");
    assertRefused(
        () -> webConfig(UNIT, TLS, EXPIRED),
        "web.yml: line 1: tls_server_config.cert_file expired at ");
  }

  @Test
  void withoutASocketFromSystemdTheOptionForItIsRefused() throws Exception {
    options("--web.systemd-socket");

    assertThat(machine.inside("systemctl restart synoptic.service").status()).isNotZero();

    assertThat(property("ActiveState")).isEqualTo("failed");
    assertThat(journal())
        .contains("synoptic: systemd passes 0 sockets; --web.systemd-socket needs");
  }
}
