package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** The Debian package of ./package, installed on a machine that systemd has booted. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class PackageIT {
  private static final int PORT = 10119;
  private static final String DEFAULTS = "/etc/default/synoptic";
  private static final String DROP_IN = "/etc/systemd/system/synoptic.service.d/test.conf";

  private BootedMachine machine;
  private Path deb;

  @BeforeAll
  void boot() throws Exception {
    deb = built().orElse(null);
    assumeTrue(deb != null, "no Debian package: ./test builds it with ./package");
    machine = BootedMachine.boot(RunningAgent.ROOT.resolve("target/tools"), deb);
  }

  private static Optional<Path> built() throws Exception {
    Path folder = RunningAgent.ROOT.resolve("target/package");
    if (!Files.isDirectory(folder)) {
      return Optional.empty();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".deb")).findFirst();
    }
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
    must("systemctl disable --now synoptic.socket 2>/dev/null; true");
    must("rm -rf " + Path.of(DROP_IN).getParent() + "; systemctl daemon-reload");
    if (machine.inside("test -e /usr/bin/synoptic").status() != 0) {
      must("dpkg --install " + deb);
    }
    options("");
    must("systemctl enable synoptic.service && systemctl reset-failed");
    must("systemctl restart synoptic.service");
    await(Duration.ofSeconds(10), this::isHealthy);
  }

  private String must(String script) throws Exception {
    BootedMachine.Ended ended = machine.inside(script);
    assertThat(ended.status()).as("%s: %s", script, ended.output()).isZero();
    return ended.output();
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
    return must("systemctl show --value --property=" + name + " synoptic.service");
  }

  private void options(String options) throws Exception {
    must("echo 'SYNOPTIC_OPTIONS=\"" + options + "\"' >" + DEFAULTS);
  }

  private void override(String... settings) throws Exception {
    String lines = String.join("\\n", settings);
    must("mkdir -p " + Path.of(DROP_IN).getParent());
    must("printf '[Service]\\n" + lines + "\\n' >" + DROP_IN + " && systemctl daemon-reload");
  }

  private String journal() throws Exception {
    return must("journalctl --sync; journalctl --output=cat --unit=synoptic.service");
  }

  @Test
  void installedItIsEnabledAndReady() throws Exception {
    assertThat(must("systemctl is-enabled synoptic.service")).isEqualTo("enabled");
    assertThat(machine.inside("systemctl is-enabled synoptic.socket").output())
        .isEqualTo("disabled");
    assertThat(property("ActiveState")).isEqualTo("active");
    assertThat(property("StatusText"))
        .isEqualTo("Answers at http://localhost:10119/metrics; it scans by sock_diag");
    assertThat(must("synoptic --version")).startsWith("synoptic, version ");
    assertThat(must("zcat \"$(man -w synoptic)\"")).contains("systemd\\-socket");
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
        Duration.ofSeconds(10),
        () -> {
          String now = property("MainPID");
          return !now.equals(before) && !now.equals("0") && isHealthy();
        });
    assertThat(journal()).contains("Watchdog timeout");
  }

  @Test
  void theWatchdogIsContentThoughNobodyScrapes() throws Exception {
    override("WatchdogSec=1");
    must("systemctl restart synoptic.service");
    String before = property("MainPID");

    Thread.sleep(4000);

    assertThat(property("MainPID")).isEqualTo(before);
    assertThat(property("NRestarts")).isEqualTo("0");
  }

  @Test
  void theWatchdogActsWhileScansFail() throws Exception {
    // sock_diag insisted on, and forbidden; an empty assignment forgets what the unit allows.
    options("--source=sock_diag");
    override(
        "WatchdogSec=2",
        "RestrictAddressFamilies=",
        "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6");
    must("systemctl restart synoptic.service");
    assertThat(property("StatusText")).contains("the last scan failed: ");

    await(Duration.ofSeconds(10), () -> !property("NRestarts").equals("0"));

    assertThat(journal()).contains("Watchdog timeout");
  }

  @Test
  void anOptionThatCanNotBeUsedIsOneLineAndTheUnitFails() throws Exception {
    must("systemctl stop synoptic.service && journalctl --rotate --vacuum-size=1 2>/dev/null");
    options("--scan.timeout=soon");

    assertThat(machine.inside("systemctl start synoptic.service").status()).isNotZero();

    assertThat(property("ActiveState")).isEqualTo("failed");
    assertThat(property("ExecMainStatus")).isEqualTo("2");
    assertThat(property("NRestarts")).isEqualTo("0");
    List<String> said = journal().lines().filter(line -> line.startsWith("synoptic: ")).toList();
    assertThat(said).hasSize(1);
    assertThat(said.get(0)).contains("--scan.timeout", "soon");
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
    assertThat(must("find / -xdev -name '*synoptic*' -path '/usr/*'")).isEmpty();
    assertThat(must("ls " + DEFAULTS)).isEqualTo(DEFAULTS);
    assertThat(machine.inside("curl -s localhost:10119").status()).isNotZero();

    must("dpkg --purge synoptic");
    String left =
        must("find /etc /usr /var /run /lib /tmp -xdev -name '*synoptic*' ! -path '*/run/host/*'");
    assertThat(left).isEmpty();
    assertThat(machine.inside("systemctl list-unit-files 'synoptic*' --no-legend").output())
        .isEmpty();
  }
}
