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
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * A container as kubelet and containerd have crun make one: no privilege to be got, a root that is
 * only read, the default seccomp profile. Under the profile "restricted" it also has an ordinary
 * user and no capability, and its network is a namespace that others may be in; what else there is
 * of namespaces is its own.
 */
final class Container implements AutoCloseable {
  static final long MEMORY_LIMIT = 96 << 20;

  /** The default of Docker and Podman, as Debian's golang-github-containers-common has it. */
  private static final Path SECCOMP = Path.of("/usr/share/containers/seccomp.json");

  /** In its cgroup, and on a host that crun doesn't take for a hybrid one, which it refuses. */
  private static final String LIMITED =
      "echo $$ >$0/cgroup.procs; umount /sys/fs/cgroup/unified 2>/dev/null; exec \"$@\"";

  /**
   * What a pod's specification gives to a container.
   *
   * @param user as numbers, UID:GID
   * @param capabilities such as CAP_BPF
   * @param network empty for the host's
   * @param hostProcesses whether it sees all processes of the host
   * @param mounts what it is shown of this machine
   */
  record Grants(
      String user,
      List<String> capabilities,
      Optional<NetworkNamespace> network,
      boolean hostProcesses,
      List<Mount> mounts) {}

  /**
   * A file or folder of this machine that a container sees and can't change.
   *
   * @param followsHost whether it sees what is mounted and unmounted below it later
   */
  record Mount(Path source, String destination, boolean followsHost) {}

  /** Whom the seccomp profile allows bpf(2), beside those with CAP_SYS_ADMIN. */
  enum Bpf {
    /** Those given CAP_BPF: containerd from 1.7 on, Docker from 23 on. */
    BY_CAPABILITY,
    /** Nobody: Docker and containerd before, and Podman and CRI-O in many versions. */
    REFUSED
  }

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
    List<Mount> mounts =
        programs.stream()
            .map(program -> new Mount(program, "/" + program.getFileName(), false))
            .toList();
    Grants restricted = new Grants(image.user(), List.of(), Optional.of(network), false, mounts);
    return run(image, restricted, Bpf.REFUSED, command);
  }

  /** Starts a command with what a pod's specification gives. */
  static Container run(OciImage image, Grants grants, Bpf bpf, List<String> command)
      throws Exception {
    assumeTrue(
        Files.isReadable(SECCOMP), "no " + SECCOMP + ": scripts/image installs it, with buildah");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/crun")), "no crun: ./test installs it");
    String id = "synoptic-" + ProcessHandle.current().pid() + "-" + ++count;
    Path folder = Files.createTempDirectory("synoptic-test-");
    Files.writeString(folder.resolve("config.json"), json(config(id, image, grants, bpf, command)));
    Path memory = limitMemory(id);
    List<String> limited =
        new ArrayList<>(List.of("unshare", "--mount", "--propagation=slave", "sh", "-c", LIMITED));
    limited.add(memory.toString());
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
      String id, OciImage image, Grants grants, Bpf bpf, List<String> command) throws Exception {
    String[] user = grants.user().split(":", -1);
    List<String> held = grants.capabilities();
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
            Map.of(
                "bounding", held, "effective", held, "permitted", held, "inheritable", List.of()),
            "noNewPrivileges",
            true),
        "root",
        Map.of("path", image.root().toString(), "readonly", true),
        "hostname",
        id,
        "mounts",
        mounts(grants.mounts()),
        "linux",
        Map.of(
            "namespaces",
            namespaces(grants),
            "rootfsPropagation",
            "rslave",
            "maskedPaths",
            List.of("/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"),
            "readonlyPaths",
            List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"),
            "seccomp",
            seccomp(held, bpf)));
  }

  private static List<Object> namespaces(Grants grants) {
    List<Object> namespaces = new ArrayList<>();
    for (String type : List.of("mount", "ipc", "uts")) {
      namespaces.add(Map.of("type", type));
    }
    if (!grants.hostProcesses()) {
      namespaces.add(Map.of("type", "pid"));
    }
    grants
        .network()
        .ifPresent(network -> namespaces.add(Map.of("type", "network", "path", network.path())));
    return namespaces;
  }

  private static List<Object> mounts(List<Mount> shown) {
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
    for (Mount each : shown) {
      mounts.add(
          Map.of(
              "destination",
              each.destination(),
              "type",
              "bind",
              "source",
              each.source().toString(),
              "options",
              List.of("rbind", "ro", each.followsHost() ? "rslave" : "rprivate")));
    }
    return mounts;
  }

  /** What engines make of the profile for a container with these capabilities on this machine. */
  private static Map<String, Object> seccomp(List<String> capabilities, Bpf bpf) throws Exception {
    Map<String, Object> profile = OciImage.json(SECCOMP);
    List<Object> rules = new ArrayList<>();
    for (Map<String, Object> rule : OciImage.maps(profile.get("syscalls"))) {
      if (applies(rule, capabilities)) {
        Map<String, Object> each = new LinkedHashMap<>(rule);
        each.keySet().retainAll(List.of("names", "action", "args", "errnoRet"));
        each.values().removeIf(value -> value == null || value.equals(List.of()));
        each.computeIfPresent("names", (key, names) -> withoutBpf(OciImage.texts(names)));
        rules.add(each);
      }
    }
    boolean allowed = bpf == Bpf.BY_CAPABILITY && capabilities.contains("CAP_BPF");
    rules.add(
        Map.of("names", List.of("bpf"), "action", allowed ? "SCMP_ACT_ALLOW" : "SCMP_ACT_ERRNO"));
    return Map.of(
        "defaultAction",
        profile.get("defaultAction"),
        "defaultErrnoRet",
        profile.getOrDefault("defaultErrnoRet", 1),
        "syscalls",
        rules);
  }

  /** It has a rule of its own, for engines differ. */
  private static List<String> withoutBpf(List<String> names) {
    return names.stream().filter(name -> !name.equals("bpf")).toList();
  }

  /** Whether a rule is for these capabilities, and for this machine. */
  private static boolean applies(Map<String, Object> rule, List<String> capabilities) {
    List<String> arches = texts(rule, "includes", "arches");
    return (arches.isEmpty() || arches.contains(System.getProperty("os.arch")))
        && capabilities.containsAll(texts(rule, "includes", "caps"))
        && texts(rule, "excludes", "caps").stream().noneMatch(capabilities::contains);
  }

  private static List<String> texts(Map<String, Object> rule, String filter, String key) {
    Map<String, Object> filters = OciImage.map(rule.get(filter));
    List<String> texts = filters == null ? null : OciImage.texts(filters.get(key));
    return texts == null ? List.of() : texts;
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

  /** Waits for a line that begins so, and returns the rest of it. */
  String awaitLine(String start) throws Exception {
    BufferedReader lines = process.inputReader();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.startsWith(start)) {
        return line.substring(start.length());
      }
    }
    throw new AssertionError("it ended with " + process.waitFor() + ": " + errors());
  }

  /** What it has written to standard error. */
  String errors() throws Exception {
    return Files.readString(folder.resolve("errors"));
  }

  /** Waits until it has ended by itself, and returns its exit status. */
  int awaitEnd() throws Exception {
    process.getInputStream().readAllBytes();
    return process.waitFor();
  }

  /** Of its first process. */
  ProcessFolder proc() {
    return new ProcessFolder(pid());
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
    // crun ends with it, and leaves alone what has no PID namespace of its own and no cgroup.
    process.children().forEach(ProcessHandle::destroyForcibly);
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    Process delete =
        new ProcessBuilder(crun(folder, "delete", "--force", id)).redirectErrorStream(true).start();
    String said = new String(delete.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(delete.waitFor()).as(said).isZero();
    Files.deleteIfExists(folder.resolve("config.json"));
    Files.deleteIfExists(folder.resolve("errors"));
    Files.deleteIfExists(folder.resolve("state"));
    Files.delete(folder);
    Files.delete(memory);
  }
}
