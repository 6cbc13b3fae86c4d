package io.synoptic.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import at.favre.lib.crypto.bcrypt.BCrypt;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** The Debian package of scripts/package, installed on a machine that systemd has booted. */
@Tag("waits")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class PackageIT {
  private static final int PORT = 10119;
  private static final String DEFAULTS = "/etc/default/synoptic";
  private static final String UNIT = "synoptic.service";
  private static final String NODE = "synoptic-node.service";
  private static final String SOCKET = "synoptic.socket";

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

  private BootedMachine machine;
  private Path deb;
  private String namesBefore;

  @BeforeAll
  void boot() throws Exception {
    deb = BootedMachine.debianPackage();
    machine = BootedMachine.boot(RunningAgent.ROOT.resolve("target/tools"), deb);
    namesBefore = names();
  }

  /** Every file that is called so, wherever a package or a unit may leave one. */
  private String names() throws Exception {
    return must("find /etc /usr /var /run /lib -xdev -name '*synoptic*' ! -path '/run/host/*'");
  }

  @AfterAll
  void shutDown() throws Exception {
    if (machine != null) {
      machine.close();
    }
  }

  /** Installed and healthy, and configured as when new. */
  @BeforeEach
  void install() throws Exception {
    must("systemctl disable --now synoptic.socket synoptic-node.service 2>/dev/null; true");
    must("rm -rf /etc/synoptic " + dropIns(UNIT) + " " + dropIns(NODE) + " " + dropIns(SOCKET));
    must("systemctl daemon-reload");
    if (machine.inside("test -e /usr/bin/synoptic").status() != 0) {
      must("dpkg --install " + deb);
    }
    options("");
    must("systemctl enable synoptic.service && systemctl reset-failed");
    must("systemctl restart synoptic.service");
    await(Duration.ofSeconds(10), this::isHealthy);
  }

  private String must(String script) throws Exception {
    return machine.must(script);
  }

  private static void await(Duration patience, Callable<Boolean> condition) throws Exception {
    long start = System.nanoTime();
    while (!condition.call()) {
      assertThat(System.nanoTime() - start).isLessThan(patience.toNanos());
      Thread.sleep(50);
    }
  }

  /** A scrape over a connection of its own. */
  private HttpExchange.Answer scrape() throws Exception {
    try (HttpExchange http = new HttpExchange(machine.connect(PORT))) {
      return http.get("/metrics");
    }
  }

  private boolean isHealthy() {
    try {
      return scrape().sample("synoptic_scan_success{collector=\"sockets\"}") == 1;
    } catch (Exception e) {
      return false;
    }
  }

  private String property(String name) throws Exception {
    return property(UNIT, name);
  }

  private String property(String unit, String name) throws Exception {
    return must("systemctl show --value --property=" + name + " " + unit);
  }

  private void options(String options) throws Exception {
    must("echo 'SYNOPTIC_OPTIONS=\"" + options + "\"' >" + DEFAULTS);
  }

  private static String dropIns(String unit) {
    return "/etc/systemd/system/" + unit + ".d";
  }

  private void override(String... settings) throws Exception {
    overrideOf(UNIT, settings);
  }

  private void overrideOf(String unit, String... settings) throws Exception {
    String lines = String.join("\\n", settings);
    String section = unit.equals(SOCKET) ? "[Socket]" : "[Service]";
    must("mkdir -p " + dropIns(unit));
    must("printf '" + section + "\\n" + lines + "\\n' >" + dropIns(unit) + "/test.conf");
    must("systemctl daemon-reload");
  }

  private String journal() throws Exception {
    return journal(UNIT);
  }

  private String journal(String unit) throws Exception {
    return must("journalctl --sync; journalctl --output=cat --unit=" + unit);
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

  /** As on deploy/systemd's page. */
  private void switchToTheNode() throws Exception {
    must("systemctl disable --now synoptic && systemctl enable --now synoptic-node");
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
  void anUpgradeStartsTheUnitAnewThatRunsAndNotTheOther() throws Exception {
    switchToTheNode();
    String before = property(NODE, "MainPID");

    must("dpkg --install " + deb);

    assertThat(property(NODE, "ActiveState")).isEqualTo("active");
    assertThat(property(NODE, "MainPID")).isNotEqualTo(before);
    assertThat(property("ActiveState")).isEqualTo("inactive");
    assertThat(machine.inside("systemctl is-enabled synoptic.service").output())
        .isEqualTo("disabled");
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
  void oneUnitEndsTheOther() throws Exception {
    must("systemctl start synoptic-node");
    assertThat(property("ActiveState")).isEqualTo("inactive");

    must("systemctl start synoptic");
    assertThat(property(NODE, "ActiveState")).isEqualTo("inactive");
  }

  @Test
  @Tag("measures")
  void killedItIsHealthyAgainWithinFiveSeconds() throws Exception {
    String before = property("MainPID");

    must("kill -KILL " + before);

    await(Duration.ofSeconds(5), () -> isHealthy() && !property("MainPID").equals(before));
  }

  @Test
  void stoppedItIsStartedAnewByTheWatchdog() throws Exception {
    override("WatchdogSec=2");
    must("systemctl restart synoptic.service");
    String before = property("MainPID");

    must("kill -STOP " + before);

    await(
        Duration.ofSeconds(30),
        () -> {
          String now = property("MainPID");
          return !now.equals(before) && !now.equals("0") && isHealthy();
        });
    assertThat(journal()).contains("Watchdog timeout");
  }

  @Test
  @Tag("measures")
  void theWatchdogIsContentThoughNobodyScrapes() throws Exception {
    override("WatchdogSec=1");
    must("systemctl restart synoptic.service");
    String before = property("MainPID");

    Thread.sleep(4000);

    assertThat(property("MainPID")).isEqualTo(before);
    assertThat(property("NRestarts")).isEqualTo("0");
  }

  @Test
  void theWatchdogActsWhileScansFailAndLeavesTheStacksInTheJournal() throws Exception {
    // sock_diag insisted on, and forbidden; an empty assignment forgets what the unit allows.
    options("--source=sock_diag");
    override(
        "WatchdogSec=2",
        "RestrictAddressFamilies=",
        "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6");
    must("systemctl restart synoptic.service");
    assertThat(property("StatusText")).contains("the last scan failed: ");

    await(Duration.ofSeconds(30), () -> !property("NRestarts").equals("0"));

    assertThat(journal())
        .contains("Watchdog timeout", "Full thread dump", "\"synoptic-watchdog\"", "status=9/KILL");
  }

  @Test
  void anOptionThatCanNotBeUsedIsOneLineAndTheUnitFails() throws Exception {
    assertRefused(() -> options("--scan.timeout=soon"), "--scan.timeout");
  }

  @Test
  void aPortThatIsTakenIsTriedAgainUntilItIsFree() throws Exception {
    must("systemctl stop synoptic.service");
    must("systemd-run --unit=taken perl -e '" + takesThePort() + "'");
    await(Duration.ofSeconds(10), () -> !must("ss -Hltn 'sport = :" + PORT + "'").isEmpty());

    must("systemctl start --no-block synoptic.service");
    await(Duration.ofSeconds(30), () -> Integer.parseInt(property("NRestarts")) > 0);
    assertThat(property("ExecMainStatus")).isIn("0", "1");
    assertThat(journal()).contains("status=1/FAILURE", "Address already in use");
    must("systemctl stop taken.service");

    await(Duration.ofSeconds(30), this::isHealthy);
  }

  private static String takesThePort() {
    return "use IO::Socket::INET; my $s = IO::Socket::INET->new(LocalPort => "
        + PORT
        + ", Listen => 1); sleep 60";
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

  @Test
  void underSocketActivationNoScrapeFailsWhileItIsRestartedAndUpgraded() throws Exception {
    options("--web.systemd-socket");
    must("systemctl stop synoptic.service");
    must("systemctl enable --now synoptic.socket && systemctl start synoptic.service");
    String newer =
        "dpkg-deb -R "
            + deb
            + " /tmp/newer && sed -i 's/^Version: .*/&+newer/'"
            + " /tmp/newer/DEBIAN/control && dpkg-deb -Znone -b /tmp/newer /tmp/newer.deb";
    must(newer);
    String before = property("MainPID");
    AtomicBoolean done = new AtomicBoolean();
    CompletableFuture<Integer> scrapes = CompletableFuture.supplyAsync(() -> scrapeUntil(done));

    String restarted;
    try {
      must("systemctl restart synoptic.service");
      restarted = property("MainPID");
      must("dpkg --install /tmp/newer.deb");
    } finally {
      done.set(true);
    }

    assertThat(restarted).isNotEqualTo(before);
    assertThat(property("MainPID")).isNotEqualTo(restarted);
    assertThat(must("dpkg-query --show --showformat='${Version}' synoptic")).endsWith("+newer");
    // Any that failed is thrown here.
    assertThat(scrapes.get()).isGreaterThan(20);
  }

  private int scrapeUntil(AtomicBoolean done) {
    int answered = 0;
    while (!done.get()) {
      try {
        assertThat(scrape().status()).isEqualTo(200);
      } catch (Exception e) {
        throw new AssertionError("scrape " + answered + " failed: " + e, e);
      }
      answered++;
    }
    return answered;
  }

  @Test
  void anUpgradeKeepsTheConfigurationAndWhatIsDisabled() throws Exception {
    options("--log.level=warn");
    must("systemctl disable --now synoptic.service");

    must("dpkg --install " + deb);

    assertThat(must("cat " + DEFAULTS)).contains("--log.level=warn");
    assertThat(machine.inside("systemctl is-enabled synoptic.service").output())
        .isEqualTo("disabled");
    assertThat(property("ActiveState")).isEqualTo("inactive");
  }

  @Test
  void removedItKeepsTheConfigurationAndPurgedNothing() throws Exception {
    must("systemctl enable synoptic.socket");

    must("dpkg --remove synoptic");
    assertThat(machine.inside("ls /usr/bin/synoptic /usr/lib/synoptic").output())
        .doesNotContain("synoptic-agent.jar")
        .contains("'/usr/bin/synoptic': No such file", "'/usr/lib/synoptic': No such file");
    assertThat(must("ls " + DEFAULTS)).isEqualTo(DEFAULTS);
    assertThat(machine.inside("curl -s localhost:10119").status()).isNotZero();

    must("dpkg --purge synoptic");
    assertThat(names()).isEqualTo(namesBefore);
    assertThat(machine.inside("systemctl list-unit-files 'synoptic*' --no-legend").output())
        .isEmpty();
  }
}
