package io.synoptic.bench;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * What a process has spent so far.
 *
 * @param moment of System.nanoTime()
 * @param cpuNanos user and system time of all its threads, ended ones included
 * @param wakeUps how often each thread has slept by its own will, by its number
 */
record Vitals(long moment, long cpuNanos, Map<String, Long> wakeUps) {
  private static final String SLEEPS = "voluntary_ctxt_switches:";

  static Vitals of(long pid) throws Exception {
    return new Vitals(System.nanoTime(), Spent.of(pid), wakeUpsOf(pid));
  }

  private static Map<String, Long> wakeUpsOf(long pid) throws IOException {
    Map<String, Long> all = new HashMap<>();
    try (DirectoryStream<Path> threads =
        Files.newDirectoryStream(Path.of("/proc/" + pid, "task"))) {
      for (Path thread : threads) {
        try {
          all.put(thread.getFileName().toString(), wakeUps(thread.resolve("status")));
        } catch (NoSuchFileException e) {
          // It has ended meanwhile.
        }
      }
    }
    return all;
  }

  private static long wakeUps(Path status) throws IOException {
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith(SLEEPS))
        .mapToLong(line -> Long.parseLong(line.substring(SLEEPS.length()).strip()))
        .findFirst()
        .orElseThrow();
  }

  /** Of the threads that are left; one that has ended takes its last ones with it. */
  long wakeUpsSince(Vitals before) {
    return wakeUps.entrySet().stream()
        .mapToLong(thread -> thread.getValue() - before.wakeUps.getOrDefault(thread.getKey(), 0L))
        .sum();
  }
}
