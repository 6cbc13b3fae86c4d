package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** The commands of deploy/systemd's page, on a machine that systemd has booted. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("waits")
@Timeout(300)
class SystemdPageIT {
  private static final String FOLDER = "/root/page";

  /** What a reader does by hand: saying yes, waiting until the agent answers. */
  private static final String READER =
      "apt() { command apt -y \"$@\"; }; "
          + "curl() { command curl --retry 20 --retry-delay 1 --retry-connrefused \"$@\"; }; "
          + MarkdownPage.HTPASSWD;

  private BootedMachine machine;

  @BeforeAll
  void boot() throws Exception {
    Path deb = BootedMachine.debianPackage();
    machine = BootedMachine.boot(RunningAgent.ROOT.resolve("target/tools"), deb);
    must("mkdir -p %s && cp %s %s".formatted(FOLDER, deb, FOLDER));
  }

  @AfterAll
  void shutDown() throws Exception {
    if (machine != null) {
      machine.close();
    }
  }

  /** As after the page's first steps. */
  @BeforeEach
  void install() throws Exception {
    if (machine.inside("test -e /usr/bin/synoptic").status() != 0) {
      run("deploy/systemd/README.md#install-it");
      must("cp /etc/default/synoptic /root/default");
      return;
    }
    must("systemctl disable --now synoptic.socket synoptic-node.service; true");
    must("rm -rf /etc/synoptic /etc/systemd/system/synoptic*.d && systemctl daemon-reload");
    must("cp /root/default /etc/default/synoptic && systemctl reset-failed");
    must("systemctl enable synoptic.service && systemctl restart synoptic.service");
  }

  private String must(String script) throws Exception {
    return machine.must(script);
  }

  /** Runs all commands of a section in one shell, and returns what they have printed. */
  private String run(String section) throws Exception {
    return run(MarkdownPage.commands(section));
  }

  private String run(List<String> commands) throws Exception {
    String architecture = must("dpkg --print-architecture");
    String script =
        commands.stream()
            .filter(command -> !PagesTest.isNotRun(command))
            // The page's files are this package's, whatever its architecture.
            .map(command -> command.replace("synoptic_*_amd64", "synoptic_*_" + architecture))
            .map(command -> command.replaceFirst("\\./(synoptic_(OLDER|NEWER))", "./other/$1"))
            .reduce("", (all, command) -> all + "\n" + command);
    return must(READER + "set -e; cd " + FOLDER + script);
  }

  /** The files that the page names by what they are. */
  private void olderAndNewer() throws Exception {
    must(
        "cd %s && mkdir -p other && cp synoptic_*.deb other/synoptic_OLDER_amd64.deb && cd other"
                .formatted(FOLDER)
            + " && dpkg-deb -R *.deb /tmp/newer"
            + " && sed -i 's/^Version: .*/&+newer/' /tmp/newer/DEBIAN/control"
            + " && dpkg-deb -Znone -b /tmp/newer synoptic_NEWER_amd64.deb");
  }

  private String state(String unit) throws Exception {
    return machine.inside("systemctl is-active " + unit).output();
  }

  @Test
  void installedItAnswersAsThePageShows() throws Exception {
    String shown =
        MarkdownPage.read("deploy/systemd/README.md").blocks().stream()
            .map(MarkdownPage.Block::text)
            .filter(text -> text.contains("\nsynoptic_scan_success{"))
            .findFirst()
            .orElseThrow();

    assertThat(run("deploy/systemd/README.md#install-it"))
        .contains(shown.substring(shown.indexOf('\n') + 1).strip());
    assertThat(run("deploy/systemd/README.md#configure-it")).isNotEmpty();
    assertThat(state("synoptic")).isEqualTo("active");
  }

  @Test
  void withTlsAndAPasswordItIsReady() throws Exception {
    run("deploy/systemd/README.md#tls-and-a-password");

    assertThat(state("synoptic")).isEqualTo("active");
    assertThat(must("curl -s -k -o /dev/null -w '%{http_code}' https://localhost:10119/metrics"))
        .isEqualTo("401");
  }

  @Test
  void aSocketAndItsAddressAreChanged() throws Exception {
    run("deploy/systemd/README.md#restarts-without-a-failed-scrape");

    assertThat(must("ss -Hltn 'sport = :10119'")).contains("10.0.0.5:10119").hasLineCount(1);
    assertThat(state("synoptic")).isEqualTo("active");
  }

  @Test
  void theNodesUnitTakesOverAndGivesBack() throws Exception {
    Bpf.assumeItLoads();
    List<String> commands =
        MarkdownPage.commands("deploy/systemd/README.md#every-network-namespace");

    assertThat(run(commands.subList(0, commands.size() - 1)))
        .contains("synoptic_source_info{collector=\"sockets\",reason=\"best\",source=\"bpf\"} 1");
    assertThat(state("synoptic-node")).isEqualTo("active");
    run(commands.subList(commands.size() - 1, commands.size()));
    assertThat(state("synoptic")).isEqualTo("active");
  }

  @Test
  void itIsUpgradedRolledBackAndRemoved() throws Exception {
    olderAndNewer();
    run("deploy/systemd/README.md#upgrade");
    assertThat(must("dpkg-query --show --showformat='${Version}' synoptic")).endsWith("+newer");
    run("deploy/systemd/README.md#roll-back");
    assertThat(must("dpkg-query --show --showformat='${Version}' synoptic"))
        .doesNotContain("newer");
    run("deploy/systemd/README.md#uninstall");
    assertThat(must("find /etc /usr /lib -xdev -name '*synoptic*' ! -path '/run/host/*'"))
        .isEmpty();
  }
}
