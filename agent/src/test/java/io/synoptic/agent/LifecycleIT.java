package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The units of the Debian package, started, killed, upgraded and removed. */
@Tag("waits")
class LifecycleIT extends InstalledPackage {
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
