package io.synoptic;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What ss says of a listener in a container that systemd has booted in, and what we make of it. */
@Timeout(60)
class OwnersIT {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern LISTENER =
      Pattern.compile("127\\.0\\.0\\.1:8099 .* ino:(?<inode>\\d+) .* cgroup:(?<path>\\S+)");

  private static Matcher listener(BootedMachine machine) throws Exception {
    Matcher listener = LISTENER.matcher("");
    while (!listener.find()) {
      assertThat(machine.isAlive()).isTrue();
      Thread.sleep(50);
      listener.reset(machine.exec("ss", "-Hltne"));
    }
    return listener;
  }

  private static Path tcplab() {
    String architecture = System.getProperty("os.arch").replace("amd64", "x86_64");
    return ROOT.resolve("native/build/linux-" + architecture + "/tcplab");
  }

  @Test
  void aServiceInABootedContainerOwnsItsListener() throws Exception {
    Owners owners = owners();
    Owner service = new Owner("probe.service", "box", "", "");
    long id;
    try (BootedMachine machine =
        BootedMachine.boot(
            ROOT.resolve("target/tools"),
            tcplab(),
            tcplab() + " --for=100 ipv4:listener=1,port=8099")) {
      Matcher listener = listener(machine);
      Path own = machine.cgroup().getFileName();
      assertThat(listener.group("path"))
          .isEqualTo(
              "/" + own + "/" + BootedMachine.CGROUP + "/payload/system.slice/probe.service");
      Path directory = Path.of(machine.cgroup().getParent() + listener.group("path"));
      id = (long) Files.getAttribute(directory, "unix:ino");
      assertThat(owners.of(id)).isEqualTo(service);

      ListenerProcesses processes = new ListenerProcesses(Path.of("/proc"));
      long inode = Long.parseLong(listener.group("inode"));
      assertThat(processes.of(inode)).isEmpty();
      while (processes.search(Duration.ofSeconds(1))) {
        assertThat(processes.of(inode)).isEmpty();
      }
      assertThat(processes.of(inode)).isEqualTo("tcplab");
    }
    assertThat(owners.of(id)).isEqualTo(service);
    assertThat(owners().of(id)).isEqualTo(Owner.NONE);
  }

  private static Owners owners() {
    return new Owners(Path.of("/sys"), Path.of("/proc"), Path.of("/var/log"));
  }
}
