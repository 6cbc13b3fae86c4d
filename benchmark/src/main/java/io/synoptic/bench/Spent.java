package io.synoptic.bench;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What processes have spent, as {@code spent.c} finds out. */
final class Spent {
  record Run(long cpuNanos, long wallNanos, long peakKib) {}

  private Spent() {}

  /** CPU time of a process so far, in nanoseconds. */
  static long of(long pid) throws Exception {
    return figures(Redirect.INHERIT, List.of("spent", "--of=" + pid))[0];
  }

  /**
   * CPU time so far of a thread that the JVM of {@code pid} has named so, in nanoseconds.
   *
   * @param names what the kernel may know it as: it keeps 15 characters, and JVMs differ in which
   */
  static long ofThread(long pid, List<String> names) throws IOException {
    try (DirectoryStream<Path> threads =
        Files.newDirectoryStream(Path.of("/proc/" + pid, "task"))) {
      for (Path thread : threads) {
        if (names.contains(Files.readString(thread.resolve("comm")).strip())) {
          return Long.parseLong(Files.readString(thread.resolve("schedstat")).split(" ", -1)[0]);
        }
      }
    }
    throw new IOException("process " + pid + " has no thread " + names.get(0));
  }

  /**
   * Runs a command to its end.
   *
   * @param errors where its stderr goes
   */
  static Run on(Redirect errors, List<String> command) throws Exception {
    List<String> all = new ArrayList<>(List.of("spent"));
    all.addAll(command);
    long[] figures = figures(errors, all);
    return new Run(figures[0], figures[1], figures[2]);
  }

  /** The numbers that a command prints in one line. */
  static long[] figures(Redirect errors, List<String> command) throws Exception {
    Process process = new ProcessBuilder(command).redirectError(errors).start();
    String line = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    int status = process.waitFor();
    if (status != 0) {
      throw new IOException(String.join(" ", command) + " ended with " + status);
    }
    return Arrays.stream(line.strip().split(" ")).mapToLong(Long::parseLong).toArray();
  }
}
