package io.synoptic.agent;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A cgroup of a test's own whose memory is bounded, as a pod's is. */
final class MemoryLimit implements AutoCloseable {
  private static final Path V1 = Path.of("/sys/fs/cgroup/memory");
  private static final Path V2 = Path.of("/sys/fs/cgroup");

  private final Path folder;
  private final boolean first;

  private MemoryLimit(Path folder, boolean first) {
    this.folder = folder;
    this.first = first;
  }

  /** Makes one of so many bytes, or skips the test where that is forbidden. */
  static MemoryLimit of(long bytes) {
    boolean first = Files.isDirectory(V1);
    Path folder = (first ? V1 : V2).resolve("synoptic-" + ProcessHandle.current().pid());
    MemoryLimit limit = new MemoryLimit(folder, first);
    try {
      Files.createDirectory(folder);
      Files.writeString(
          folder.resolve(first ? "memory.limit_in_bytes" : "memory.max"), Long.toString(bytes));
    } catch (IOException e) {
      assumeTrue(false, "no cgroup with a memory limit can be made");
    }
    return limit;
  }

  /** The command that runs what follows it inside, behind another. */
  List<String> command(List<String> before) {
    List<String> all = new ArrayList<>(before);
    all.addAll(
        List.of(
            "sh",
            "-ec",
            "echo $$ >\"$0\"; exec \"$@\"",
            folder.resolve("cgroup.procs").toString()));
    return all;
  }

  /** Processes that the kernel has killed, because there was no memory left. */
  long killed() throws IOException {
    return Files.readAllLines(folder.resolve(first ? "memory.oom_control" : "memory.events"))
        .stream()
        .filter(line -> line.startsWith("oom_kill "))
        .mapToLong(line -> Long.parseLong(line.substring("oom_kill ".length())))
        .findFirst()
        .orElse(0);
  }

  @Override
  public void close() throws IOException, InterruptedException {
    for (int i = 0; i < 100 && !Files.readString(folder.resolve("cgroup.procs")).isEmpty(); i++) {
      Thread.sleep(50); // what ran inside is ending
    }
    Files.delete(folder);
  }
}
