package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/**
 * A machine that systemd has booted, with the Debian package of scripts/package installed: healthy
 * before each test, and configured as when new.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
abstract class InstalledPackage {
  static final int PORT = 10119;
  static final String DEFAULTS = "/etc/default/synoptic";
  static final String UNIT = "synoptic.service";
  static final String NODE = "synoptic-node.service";
  static final String SOCKET = "synoptic.socket";

  BootedMachine machine;
  Path deb;
  String namesBefore;

  @BeforeAll
  void boot() throws Exception {
    deb = BootedMachine.debianPackage();
    machine = BootedMachine.boot(RunningAgent.ROOT.resolve("target/tools"), deb);
    namesBefore = names();
  }

  /** Every file that is called so, wherever a package or a unit may leave one. */
  String names() throws Exception {
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

  String must(String script) throws Exception {
    return machine.must(script);
  }

  static void await(Duration patience, Callable<Boolean> condition) throws Exception {
    long start = System.nanoTime();
    while (!condition.call()) {
      assertThat(System.nanoTime() - start).isLessThan(patience.toNanos());
      Thread.sleep(50);
    }
  }

  /** A scrape over a connection of its own. */
  HttpExchange.Answer scrape() throws Exception {
    try (HttpExchange http = new HttpExchange(machine.connect(PORT))) {
      return http.get("/metrics");
    }
  }

  boolean isHealthy() {
    try {
      return scrape().sample("synoptic_scan_success{collector=\"sockets\"}") == 1;
    } catch (Exception e) {
      return false;
    }
  }

  String property(String name) throws Exception {
    return property(UNIT, name);
  }

  String property(String unit, String name) throws Exception {
    return must("systemctl show --value --property=" + name + " " + unit);
  }

  void options(String options) throws Exception {
    must("echo 'SYNOPTIC_OPTIONS=\"" + options + "\"' >" + DEFAULTS);
  }

  static String dropIns(String unit) {
    return "/etc/systemd/system/" + unit + ".d";
  }

  void override(String... settings) throws Exception {
    overrideOf(UNIT, settings);
  }

  void overrideOf(String unit, String... settings) throws Exception {
    String lines = String.join("\\n", settings);
    String section = unit.equals(SOCKET) ? "[Socket]" : "[Service]";
    must("mkdir -p " + dropIns(unit));
    must("printf '" + section + "\\n" + lines + "\\n' >" + dropIns(unit) + "/test.conf");
    must("systemctl daemon-reload");
  }

  String journal() throws Exception {
    return journal(UNIT);
  }

  String journal(String unit) throws Exception {
    return must("journalctl --sync; journalctl --output=cat --unit=" + unit);
  }

  /** As on deploy/systemd's page. */
  void switchToTheNode() throws Exception {
    must("systemctl disable --now synoptic && systemctl enable --now synoptic-node");
  }
}
