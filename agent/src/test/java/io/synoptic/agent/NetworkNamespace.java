package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import jnr.ffi.LibraryLoader;

/** A network namespace of a test's own, with loopback up and a socket table of its own. */
final class NetworkNamespace implements AutoCloseable {
  /** The C library, for the one thing Java has no call for. */
  public interface LibC {
    int open(String path, int flags);

    int setns(int fd, int type);

    int unshare(int types);

    int close(int fd);
  }

  private static final LibC LIBC = LibraryLoader.create(LibC.class).load("c");
  private static final int O_RDONLY = 0;
  private static final int O_CLOEXEC = 02000000;
  private static final int CLONE_NEWNET = 0x40000000;

  private static int count;

  private final String name;

  private NetworkNamespace(String name) {
    this.name = name;
  }

  /**
   * Makes a namespace, or skips the test where that is forbidden.
   *
   * @param buckets of its own table of connections, a power of two; see {@code
   *     net.ipv4.tcp_child_ehash_entries}; 0 leaves it in the host's
   */
  static synchronized NetworkNamespace create(int buckets) throws Exception {
    assumeTrue(
        "root".equals(System.getProperty("user.name")), "only root can make network namespaces");
    NetworkNamespace namespace =
        new NetworkNamespace("synoptic-" + ProcessHandle.current().pid() + "-" + ++count);
    // The size is inherited from a parent that exists for this alone: the host's setting stays.
    run(
        "unshare",
        "--net",
        "sh",
        "-ec",
        "echo "
            + buckets
            + " >/proc/sys/net/ipv4/tcp_child_ehash_entries; ip netns add $1;"
            + " nsenter --net=/run/netns/$1 ip link set lo up || { ip netns delete $1; exit 1; }",
        "sh",
        namespace.name);
    return namespace;
  }

  /** Makes so many with the host's table, or skips the test where that is forbidden. */
  static synchronized List<NetworkNamespace> createAll(int many) throws Exception {
    assumeTrue(
        "root".equals(System.getProperty("user.name")), "only root can make network namespaces");
    List<NetworkNamespace> all = new ArrayList<>();
    for (int i = 0; i < many; i++) {
      all.add(new NetworkNamespace("synoptic-" + ProcessHandle.current().pid() + "-" + ++count));
    }
    try {
      forEach(all, "ip netns add $name; nsenter --net=/run/netns/$name ip link set lo up");
    } catch (Exception | AssertionError e) {
      deleteAll(all);
      throw e;
    }
    return all;
  }

  /** Deletes those that are there. */
  static void deleteAll(List<NetworkNamespace> all) throws Exception {
    forEach(all, "[ ! -e /run/netns/$name ] || ip netns delete $name");
  }

  private static void forEach(List<NetworkNamespace> all, String commands) throws Exception {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("sh", "-ec", "for name; do " + commands + "; done", "sh"));
    all.forEach(each -> command.add(each.name));
    run(command.toArray(String[]::new));
  }

  /** The command that runs {@code command} inside; unlike ip, nsenter leaves the mounts alone. */
  List<String> command(String... command) {
    List<String> all = new ArrayList<>(List.of("nsenter", "--net=" + path()));
    all.addAll(Arrays.asList(command));
    return all;
  }

  /** Runs a command inside and returns what it printed. */
  String exec(String... command) throws Exception {
    return run(command(command).toArray(String[]::new));
  }

  /**
   * Repeats bash commands inside, with a pause before each round, until what it returns is closed.
   */
  AutoCloseable repeat(double pauseSeconds, String commands) throws IOException {
    String loop = "while timeout " + pauseSeconds + " cat; [ $? = 124 ]; do " + commands + "; done";
    Process process =
        new ProcessBuilder(command("bash", "-c", loop))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    return () -> {
      process.getOutputStream().close();
      process.waitFor();
    };
  }

  /** Sets a sysctl of the namespace's own: {@code net.ipv4.tcp_syncookies}. */
  void set(String sysctl, Object value) throws Exception {
    exec("sh", "-c", "echo " + value + " >/proc/sys/" + sysctl.replace('.', '/'));
  }

  private static String run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", String.join(" ", command), output).isZero();
    return output;
  }

  /** Connects from inside. */
  Socket connect(int port) throws Exception {
    return call(() -> new Socket(InetAddress.getLoopbackAddress(), port));
  }

  /** The file that names it. */
  String path() {
    return "/run/netns/" + name;
  }

  /** Its name, without that of any other. */
  String name() {
    return name;
  }

  /** Makes so many, one after the other, and leaves each at once. */
  static void churn(int many) throws Exception {
    FutureTask<Boolean> task =
        new FutureTask<>(
            () -> {
              for (int i = 0; i < many; i++) {
                if (LIBC.unshare(CLONE_NEWNET) != 0) {
                  return false;
                }
              }
              return true;
            });
    new Thread(task).start();
    assertThat(task.get()).isTrue();
  }

  /** Calls from inside: sockets that are opened there stay there. The thread ends with the call. */
  <T> T call(Callable<T> inside) throws Exception {
    return call(path(), inside);
  }

  /** Calls from inside the namespace that a file names. */
  static <T> T call(String file, Callable<T> inside) throws Exception {
    FutureTask<T> task =
        new FutureTask<>(
            () -> {
              int fd = LIBC.open(file, O_RDONLY | O_CLOEXEC);
              try {
                if (fd < 0 || LIBC.setns(fd, CLONE_NEWNET) != 0) {
                  throw new IOException("can't enter " + file);
                }
                return inside.call();
              } finally {
                LIBC.close(fd);
              }
            });
    new Thread(task).start();
    return task.get();
  }

  @Override
  public void close() throws Exception {
    run("ip", "netns", "delete", name);
  }
}
