package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What {@code /proc/PID} says of a process and of each of its threads. */
record ProcessFolder(long pid) {
  private static final List<String> CAPABILITY_SETS =
      List.of("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb");

  /** A field of {@code status}. */
  String status(String field) throws IOException {
    return status(folder(), field);
  }

  /** A field of {@code task/TID/status}, of each thread. */
  List<String> statusOfThreads(String field) throws IOException {
    return ofEach("task", thread -> status(thread, field));
  }

  /** What its descriptors are of. */
  List<String> descriptors() throws IOException {
    return ofEach("fd", descriptor -> Files.readSymbolicLink(descriptor).toString());
  }

  /** Kilobytes of what a JVM has compiled, which is resident: {@code smaps}. */
  long compiledKilobytes() throws IOException {
    long kilobytes = 0;
    boolean writtenAndRun = false;
    for (String line : Files.readAllLines(folder().resolve("smaps"))) {
      if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
        writtenAndRun = line.contains(" rwxp ");
      } else if (writtenAndRun && line.startsWith("Rss:")) {
        kilobytes += Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    return kilobytes;
  }

  /** The nice value of a thread whose name starts so: {@code task/TID/stat}, field 19. */
  int nice(String threadName) throws IOException {
    return ofEach("task", thread -> Files.readString(thread.resolve("stat"))).stream()
        .filter(stat -> stat.contains("(" + threadName))
        .map(stat -> stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[19 - 3])
        .map(Integer::parseInt)
        .findFirst()
        .orElseThrow(() -> new AssertionError("no thread " + threadName));
  }

  /** CPU time so far: {@code stat}, fields 14 and 15, in hundredths. */
  double cpuSeconds() throws IOException {
    String stat = Files.readString(folder().resolve("stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return (Long.parseLong(fields[14 - 3]) + Long.parseLong(fields[15 - 3])) / 100.0;
  }

  /** Neither has any of its threads a capability, nor could it get one. */
  void assertUnprivileged() throws IOException {
    for (String set : CAPABILITY_SETS) {
      assertThat(statusOfThreads(set))
          .as(set)
          .hasSizeGreaterThan(5)
          .allMatch("0".repeat(16)::equals);
    }
    assertThat(statusOfThreads("NoNewPrivs")).allMatch("1"::equals);
  }

  private interface Reader {
    String read(Path entry) throws IOException;
  }

  /** Of each entry that is still there when it's read. */
  private List<String> ofEach(String name, Reader reader) throws IOException {
    List<String> all = new ArrayList<>();
    try (Stream<Path> entries = Files.list(folder().resolve(name))) {
      for (Path entry : entries.toList()) {
        try {
          all.add(reader.read(entry));
        } catch (IOException e) {
          // It has ended, or was closed.
        }
      }
    }
    return all;
  }

  private static String status(Path folder, String field) throws IOException {
    return Files.readAllLines(folder.resolve("status")).stream()
        .filter(line -> line.startsWith(field + ":"))
        .map(line -> line.substring(field.length() + 1).strip())
        .findFirst()
        .orElseThrow();
  }

  private Path folder() {
    return Path.of("/proc", Long.toString(pid));
  }
}
