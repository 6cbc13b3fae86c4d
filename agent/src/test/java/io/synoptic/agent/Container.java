package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A container as kubelet and containerd have crun make one under the profile "restricted": an
 * ordinary user, no capability, none to be got, a root that is only read, the default seccomp
 * profile. Its network is a namespace that others may be in; what else there is of namespaces is
 * its own.
 */
final class Container implements AutoCloseable {
  static final long MEMORY_LIMIT = 96 << 20;

  /** The default of Docker and Podman, as Debian's golang-github-containers-common has it. */
  private static final Path SECCOMP = Path.of("/usr/share/containers/seccomp.json");

  /** In its cgroup, and on a host that crun doesn't take for a hybrid one, which it refuses. */
  private static final String LIMITED =
      "echo $$ >$0/cgroup.procs; umount /sys/fs/cgroup/unified 2>/dev/null; exec \"$@\"";

  private static int count;

  private final String id;
  private final Path folder;
  private final Path memory;
  private final Process process;

  private Container(String id, Path folder, Path memory, Process process) {
    this.id = id;
    this.folder = folder;
    this.memory = memory;
    this.process = process;
  }

  /** Starts what the image starts, with more arguments, in a network namespace. */
  static Container run(OciImage image, NetworkNamespace network, String... arguments)
      throws Exception {
    List<String> command = new ArrayList<>(image.command());
    command.addAll(List.of(arguments));
    return run(image, network, List.of(), command);
  }

  /**
   * Starts another command.
   *
   * @param programs files of this machine that it sees under their names, below /
   */
  static Container run(
      OciImage image, NetworkNamespace network, List<Path> programs, List<String> command)
      throws Exception {
    assumeTrue(Files.isReadable(SECCOMP), "no " + SECCOMP + ": ./image installs it, with buildah");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/crun")), "no crun: ./test installs it");
    String id = "synoptic-" + ProcessHandle.current().pid() + "-" + ++count;
    Path folder = Files.createTempDirectory("synoptic-test-");
    Files.writeString(
        folder.resolve("config.json"), json(config(id, image, network, programs, command)));
    Path memory = limitMemory(id);
    List<String> limited =
        new ArrayList<>(List.of("unshare", "--mount", "sh", "-c", LIMITED, memory.toString()));
    limited.addAll(crun(folder, "run", "--bundle", folder.toString(), id));
    Process process =
        new ProcessBuilder(limited).redirectError(folder.resolve("errors").toFile()).start();
    return new Container(id, folder, memory, process);
  }

  /** Makes a cgroup with the limit. */
  private static Path limitMemory(String id) throws Exception {
    Path version1 = Path.of("/sys/fs/cgroup/memory");
    boolean hybrid = Files.isDirectory(version1);
    Path cgroup =
        Files.createDirectory((hybrid ? version1 : Path.of("/sys/fs/cgroup")).resolve(id));
    Path limit = cgroup.resolve(hybrid ? "memory.limit_in_bytes" : "memory.max");
    Files.writeString(limit, Long.toString(MEMORY_LIMIT));
    return cgroup;
  }

  private static List<String> crun(Path folder, String... arguments) {
    List<String> command =
        new ArrayList<>(List.of("crun", "--root", folder + "/state", "--cgroup-manager=disabled"));
    command.addAll(Arrays.asList(arguments));
    return command;
  }

  private static Map<String, Object> config(
      String id,
      OciImage image,
      NetworkNamespace network,
      List<Path> programs,
      List<String> command)
      throws Exception {
    String[] user = image.user().split(":", -1);
    List<Object> none = List.of();
    return Map.of(
        "ociVersion",
        "1.0.2",
        "process",
        Map.of(
            "user",
            Map.of("uid", Integer.valueOf(user[0]), "gid", Integer.valueOf(user[1])),
            "args",
            command,
            "env",
            image.environment(),
            "cwd",
            "/",
            "capabilities",
            Map.of("bounding", none, "effective", none, "permitted", none, "inheritable", none),
            "noNewPrivileges",
            true),
        "root",
        Map.of("path", image.root().toString(), "readonly", true),
        "hostname",
        id,
        "mounts",
        mounts(programs),
        "linux",
        Map.of(
            "namespaces",
            Stream.concat(
                    Stream.of("mount", "pid", "ipc", "uts").map(type -> Map.of("type", type)),
                    Stream.of(Map.of("type", "network", "path", network.path())))
                .toList(),
            "maskedPaths",
            List.of("/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"),
            "readonlyPaths",
            List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"),
            "seccomp",
            seccomp()));
  }

  private static List<Object> mounts(List<Path> programs) {
    List<Object> mounts = new ArrayList<>();
    mounts.add(Map.of("destination", "/proc", "type", "proc", "source", "proc"));
    mounts.add(
        Map.of(
            "destination",
            "/dev",
            "type",
            "tmpfs",
            "source",
            "tmpfs",
            "options",
            List.of("nosuid", "mode=755", "size=65536k")));
    mounts.add(
        Map.of(
            "destination", "/sys", "type", "sysfs", "source", "sysfs", "options", List.of("ro")));
    for (Path program : programs) {
      mounts.add(
          Map.of(
              "destination",
              "/" + program.getFileName(),
              "type",
              "bind",
              "source",
              program.toString(),
              "options",
              List.of("bind", "ro")));
    }
    return mounts;
  }

  /** What engines make of the profile for a container without a capability on this machine. */
  private static Map<String, Object> seccomp() throws Exception {
    Map<String, Object> profile = OciImage.json(SECCOMP);
    List<Object> rules = new ArrayList<>();
    for (Map<String, Object> rule : OciImage.maps(profile.get("syscalls"))) {
      if (isForAll(OciImage.map(rule.get("includes")))) {
        Map<String, Object> each = new LinkedHashMap<>(rule);
        each.keySet().retainAll(List.of("names", "action", "args", "errnoRet"));
        each.values().removeIf(value -> value == null || value.equals(List.of()));
        rules.add(each);
      }
    }
    return Map.of(
        "defaultAction",
        profile.get("defaultAction"),
        "defaultErrnoRet",
        profile.getOrDefault("defaultErrnoRet", 1),
        "syscalls",
        rules);
  }

  /** Whether a rule needs no capability, and no other machine. */
  private static boolean isForAll(Map<String, Object> includes) {
    if (includes == null) {
      return true;
    }
    boolean here =
        !includes.containsKey("arches")
            || OciImage.texts(includes.get("arches")).contains(System.getProperty("os.arch"));
    return here && !includes.containsKey("caps");
  }

  /** Text, numbers, truth, maps and lists; no text here has anything to escape. */
  private static String json(Object node) {
    if (node instanceof Map<?, ?> map) {
      return map.entrySet().stream()
          .map(each -> json(each.getKey()) + ":" + json(each.getValue()))
          .collect(Collectors.joining(",", "{", "}"));
    }
    if (node instanceof List<?> list) {
      return list.stream().map(Container::json).collect(Collectors.joining(",", "[", "]"));
    }
    return node instanceof String ? "\"" + node + "\"" : node.toString();
  }

  /** Waits for a line that begins so. */
  void awaitLine(String start) throws Exception {
    BufferedReader lines = process.inputReader();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.startsWith(start)) {
        return;
      }
    }
    throw new AssertionError("it ended with " + process.waitFor() + ": " + errors());
  }

  /** What it has written to standard error. */
  String errors() throws Exception {
    return Files.readString(folder.resolve("errors"));
  }

  /** A field of its first process' {@code /proc/PID/status}. */
  String status(String field) throws Exception {
    return Files.readAllLines(Path.of("/proc/" + pid() + "/status")).stream()
        .filter(line -> line.startsWith(field + ":"))
        .map(line -> line.substring(field.length() + 1).strip())
        .findFirst()
        .orElseThrow();
  }

  private long pid() {
    return process.children().findFirst().orElseThrow().pid();
  }

  /** Ends it as the kernel's killer does. */
  void kill() throws Exception {
    ProcessHandle.of(pid()).orElseThrow().destroyForcibly();
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
  }

  @Override
  public void close() throws Exception {
    Process delete =
        new ProcessBuilder(crun(folder, "delete", "--force", id)).redirectErrorStream(true).start();
    String said = new String(delete.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(delete.waitFor()).as(said).isZero();
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    Files.deleteIfExists(folder.resolve("config.json"));
    Files.deleteIfExists(folder.resolve("errors"));
    Files.deleteIfExists(folder.resolve("state"));
    Files.delete(folder);
    Files.delete(memory);
  }
}
