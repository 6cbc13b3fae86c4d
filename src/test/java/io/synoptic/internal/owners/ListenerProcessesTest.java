package io.synoptic.internal.owners;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.testing.TestClock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ListenerProcessesTest {
  private static final Duration BUDGET = Duration.ofMillis(20);
  private static final Duration PAUSE = Duration.ofSeconds(5);

  @TempDir private Path procfs;
  private final TestClock clock = new TestClock();

  private void process(int pid, String comm, String... descriptors) throws IOException {
    Path process = procfs.resolve(Integer.toString(pid));
    Files.createDirectories(process.resolve("fd"));
    Files.writeString(process.resolve("comm"), comm + "\n");
    for (int i = 0; i < descriptors.length; i++) {
      Files.createSymbolicLink(
          process.resolve("fd").resolve(Integer.toString(i)), Path.of(descriptors[i]));
    }
  }

  private ListenerProcesses processes() {
    return new ListenerProcesses(procfs, Optional.empty(), clock);
  }

  @Test
  void aSocketHasTheNameOfItsProcess() throws IOException {
    process(20, "bash", "pipe:[7]", "socket:[70]");
    process(300, "my server", "anon_inode:[eventpoll]", "socket:[7]", "socket:[71]");
    Files.createDirectories(procfs.resolve("sys/net"));
    ListenerProcesses processes = processes();

    assertThat(processes.of(7)).isEmpty();
    assertThat(processes.search(BUDGET)).isFalse();
    assertThat(processes.of(7)).isEqualTo("my server");
    assertThat(processes.of(70)).isEmpty();
  }

  @Test
  void ofSeveralTheParentIsNamedAndNotProcessOne() throws IOException {
    process(1, "systemd", "socket:[7]");
    process(99, "parent", "socket:[7]");
    process(100, "worker", "socket:[7]");
    ListenerProcesses processes = processes();
    processes.of(7);
    processes.search(BUDGET);
    assertThat(processes.of(7)).isEqualTo("parent");
  }

  @Test
  void processOneIsNamedIfThereIsNoOther() throws IOException {
    process(1, "systemd", "socket:[7]");
    process(2, "other", "socket:[8]");
    ListenerProcesses processes = processes();
    processes.of(7);
    processes.search(BUDGET);
    assertThat(processes.of(7)).isEqualTo("systemd");
  }

  @Test
  void aSearchLeavesOffWhenItsBudgetIsSpentAndGoesOnLater() throws IOException {
    for (int pid = 10; pid < 20; pid++) {
      process(pid, "p" + pid, "socket:[" + pid + "]");
    }
    // Every look at the clock takes 4 ms.
    LongSupplier slow =
        () -> {
          clock.advance(Duration.ofMillis(4));
          return clock.getAsLong();
        };
    ListenerProcesses processes = new ListenerProcesses(procfs, Optional.empty(), slow);
    processes.of(19);
    int calls = 1;
    while (processes.search(BUDGET)) {
      assertThat(processes.of(19)).isEmpty();
      calls++;
    }
    assertThat(processes.of(19)).isEqualTo("p19");
    assertThat(calls).isEqualTo(3);
  }

  @Test
  void noSearchWithoutANewListener() throws IOException {
    process(10, "server", "socket:[7]");
    ListenerProcesses processes = processes();
    processes.of(7);
    processes.search(BUDGET);
    process(11, "other", "socket:[8]");
    clock.advance(PAUSE);
    assertThat(processes.search(BUDGET)).isFalse();
    assertThat(processes.of(7)).isEqualTo("server");
    assertThat(processes.of(8)).isEmpty();
  }

  @Test
  void aListenerThatNobodyShowsIsGivenUp() throws IOException {
    process(10, "other", "socket:[8]");
    ListenerProcesses processes = processes();
    for (int pass = 0; pass < 2; pass++) {
      assertThat(processes.of(7)).isEmpty();
      processes.search(BUDGET);
      clock.advance(PAUSE);
    }
    process(11, "late", "socket:[7]");
    processes.of(7);
    processes.search(BUDGET);
    assertThat(processes.of(7)).isEmpty();
  }

  @Test
  void aPauseFollowsASearch() throws IOException {
    ListenerProcesses processes = processes();
    processes.of(7);
    processes.search(BUDGET);
    process(10, "server", "socket:[7]");
    processes.of(7);
    processes.search(BUDGET);
    assertThat(processes.of(7)).isEmpty();
    clock.advance(PAUSE);
    processes.search(BUDGET);
    assertThat(processes.of(7)).isEqualTo("server");
  }

  @Test
  void aNameIsWhatTheKernelHas() throws IOException {
    process(10, "", "socket:[7]");
    process(11, "a\nb\n", "socket:[8]");
    ListenerProcesses processes = processes();
    processes.of(7);
    processes.of(8);
    processes.search(BUDGET);
    assertThat(processes.of(7)).isEmpty();
    assertThat(processes.of(8)).isEqualTo("a\nb\n");
  }

  @Test
  void thisProcessIsFoundByItsListener() throws IOException {
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      long inode = inode(listener.getLocalPort());
      ListenerProcesses processes = new ListenerProcesses(Path.of("/proc"));
      assertThat(processes.of(inode)).isEmpty();
      while (processes.search(BUDGET)) {
        assertThat(processes.of(inode)).isEmpty();
      }
      assertThat(processes.of(inode) + "\n")
          .isEqualTo(Files.readString(Path.of("/proc/self/comm")));
    }
  }

  private static long inode(int port) throws IOException {
    String address = String.format(Locale.ROOT, ":%04X", port);
    for (String table : new String[] {"tcp", "tcp6"}) {
      for (String line : Files.readAllLines(Path.of("/proc/self/net", table))) {
        String[] words = line.strip().split(" +", -1);
        if (words[1].endsWith(address) && words[3].equals("0A")) {
          return Long.parseLong(words[9]);
        }
      }
    }
    throw new AssertionError("no listener on port " + port);
  }
}
