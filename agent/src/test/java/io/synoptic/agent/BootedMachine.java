package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A container in which systemd has booted and runs one service. Its files are this host's, changes
 * to them are kept in memory; it has a network namespace of its own, and cgroups below one that
 * ends with it. As on a host, services in it may load BPF programs.
 */
final class BootedMachine implements AutoCloseable {
  /** The cgroup that {@code systemd-nspawn@box.service} would have, had systemd started it. */
  static final String CGROUP = "machine.slice/systemd-nspawn@box.service";

  private static final int LIFETIME_SECONDS = 600;

  /** Systemd's version 1 hierarchy beside a version 2 one; nspawn wants to be in both. */
  private static final Path HYBRID = Path.of("/sys/fs/cgroup/systemd");

  private static final String BOOT =
      """
      set -e
      nspawn=$1 file=$2 unit=$3 command=$4
      shift 4
      for cgroup; do echo $$ >"$cgroup/cgroup.procs"; done
      ip link set lo up
      mount -t tmpfs tmpfs /run
      mkdir /run/changes /run/work /run/root
      mount -t overlay overlay -o lowerdir=/,upperdir=/run/changes,workdir=/run/work /run/root
      mkdir -p /run/root/etc/systemd/system
      printf '[Unit]\\nDefaultDependencies=no\\n[Service]\\nExecStart=%s\\n' "$command" \
        >/run/root/etc/systemd/system/probe.service
      # Services start; and dpkg indexes no manual pages, which takes it half a minute.
      rm -f /run/root/usr/sbin/policy-rc.d /run/root/var/lib/man-db/auto-update
      export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
      exec timeout --kill-after=5 LIFETIME "$nspawn" --quiet --boot --register=no --keep-unit \
        --kill-signal=SIGKILL --machine=box --bind-ro="$file" --directory=/run/root \
        --capability=CAP_BPF,CAP_PERFMON --system-call-filter=bpf \
        systemd.unit="$unit"
      """
          .replace("LIFETIME", Integer.toString(LIFETIME_SECONDS));

  private final Process process;
  private final List<Path> cgroups;

  /** What scripts/package has built for this architecture; skips the test where that is nothing. */
  static Path debianPackage() throws IOException {
    String end = "_" + System.getProperty("os.arch").replace("aarch64", "arm64") + ".deb";
    Path folder = RunningAgent.ROOT.resolve("target/package");
    Optional<Path> built = Optional.empty();
    if (Files.isDirectory(folder)) {
      try (Stream<Path> files = Files.list(folder)) {
        built = files.filter(file -> file.toString().endsWith(end)).findFirst();
      }
    }
    assumeTrue(built.isPresent(), "no Debian package: ./test builds it with scripts/package");
    return built.orElseThrow();
  }

  private BootedMachine(Process process, List<Path> cgroups) {
    this.process = process;
    this.cgroups = cgroups;
  }

  /**
   * Boots with a service {@code probe.service}, or skips the test where that can't be.
   *
   * @param tools where {@code ./test} has unpacked systemd-nspawn
   * @param program an absolute path that the machine sees
   * @param command what the service runs
   */
  static BootedMachine boot(Path tools, Path program, String command) throws Exception {
    return boot(tools, program, "probe.service", command);
  }

  /** Boots into a machine that services can be installed on. {@code file} is visible there. */
  static BootedMachine boot(Path tools, Path file) throws Exception {
    BootedMachine machine = boot(tools, file, "basic.target", "/bin/true");
    try {
      while (machine.inside("systemctl is-active basic.target").status() != 0) {
        assertThat(machine.isAlive()).isTrue();
        Thread.sleep(100);
      }
    } catch (Exception | AssertionError e) {
      machine.close();
      throw e;
    }
    return machine;
  }

  private static BootedMachine boot(Path tools, Path file, String unit, String command)
      throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "only root can boot a container");
    Path nspawn = tools.resolve("usr/bin/systemd-nspawn");
    assumeTrue(Files.isExecutable(nspawn), "no systemd-nspawn: ./test fetches it");
    assumeTrue(Files.isExecutable(Path.of("/lib/systemd/systemd")), "no systemd to boot");
    Path unified = Path.of("/sys/fs/cgroup/unified");
    Path version2 = Files.isDirectory(unified) ? unified : Path.of("/sys/fs/cgroup");
    assumeTrue(Files.exists(version2.resolve("cgroup.procs")), "no cgroup v2");

    String name = "synoptic-" + ProcessHandle.current().pid();
    List<Path> cgroups =
        Stream.of(version2, HYBRID)
            .filter(hierarchy -> Files.exists(hierarchy.resolve("cgroup.procs")))
            .map(hierarchy -> hierarchy.resolve(name))
            .toList();
    Stream.Builder<String> arguments = Stream.builder();
    Stream.of("unshare", "--mount", "--net", "sh", "-c", BOOT, "sh").forEach(arguments);
    Stream.of(nspawn.toString(), file.toString(), unit, command).forEach(arguments);
    for (Path cgroup : cgroups) {
      arguments.add(Files.createDirectories(cgroup.resolve(CGROUP)).toString());
    }
    Process process =
        new ProcessBuilder(arguments.build().toList())
            .redirectInput(new File("/dev/null"))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    return new BootedMachine(process, cgroups);
  }

  /** The command that runs {@code command} in the machine's network namespace, and there alone. */
  List<String> command(String... command) {
    String namespace = "--net=/proc/" + process.pid() + "/ns/net";
    return Stream.concat(Stream.of("nsenter", namespace), Stream.of(command)).toList();
  }

  /** Runs a command in the machine's network namespace and returns what it printed. */
  String exec(String... command) throws IOException {
    Process run = new ProcessBuilder(command(command)).redirectErrorStream(true).start();
    return new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  /** What a command inside has ended with, and printed. */
  record Ended(int status, String output) {}

  /** Runs a line of shell as root of the machine, as systemd sees the machine. */
  Ended inside(String script) throws Exception {
    Optional<String> init = init();
    if (init.isEmpty()) {
      return new Ended(255, "not booted yet");
    }
    Process run =
        new ProcessBuilder(
                Stream.of(
                        Stream.of("nsenter", "--target", init.get()),
                        Stream.of("--mount", "--pid", "--net", "--uts", "--ipc", "--cgroup"),
                        Stream.of("env", "-i", "LANG=C.UTF-8"),
                        Stream.of("PATH=/usr/sbin:/usr/bin:/sbin:/bin"),
                        Stream.of("timeout", "60", "sh", "-c", script))
                    .flatMap(words -> words)
                    .toList())
            .redirectErrorStream(true)
            .start();
    String output = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ended(run.waitFor(), output.strip());
  }

  /** Runs what has to end well, and returns what it printed. */
  String must(String script) throws Exception {
    Ended ended = inside(script);
    assertThat(ended.status()).as("%s: %s", script, ended.output()).isZero();
    return ended.output();
  }

  /** The machine's first process, as this host numbers it. */
  private Optional<String> init() {
    return process
        .descendants()
        .map(ProcessHandle::pid)
        .filter(BootedMachine::isInit)
        .findFirst()
        .map(pid -> Long.toString(pid));
  }

  private static boolean isInit(long pid) {
    try {
      return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
              .anyMatch(line -> line.matches("NSpid:(\\t[0-9]+)+\\t1"))
          && Files.readString(Path.of("/proc/" + pid + "/comm")).startsWith("systemd");
    } catch (IOException e) {
      return false; // it has ended meanwhile
    }
  }

  /** Connects from inside. */
  Socket connect(int port) throws Exception {
    return NetworkNamespace.call(
        "/proc/" + process.pid() + "/ns/net",
        () -> new Socket(InetAddress.getLoopbackAddress(), port));
  }

  /** Puts it into one network with a namespace: 10.119.0.2, and 10.119.0.1 there. */
  void connectTo(NetworkNamespace other) throws Exception {
    String link = "ip link add box type veth peer name box netns " + process.pid();
    other.exec(link.split(" ", -1));
    other.exec("sh", "-ec", "ip address add 10.119.0.1/24 dev box; ip link set box up");
    inside("ip address add 10.119.0.2/24 dev box; ip link set box up");
  }

  boolean isAlive() {
    return process.isAlive();
  }

  @Override
  public void close() throws Exception {
    process.destroy();
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    for (Path cgroup : cgroups) {
      try (Stream<Path> below = Files.walk(cgroup)) {
        for (Path each :
            below.filter(Files::isDirectory).sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(each);
        }
      }
    }
  }
}
