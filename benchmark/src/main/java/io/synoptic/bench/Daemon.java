package io.synoptic.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * A process that stays and is asked for readings. In between it is stopped: what it does behind a
 * reading, such as collecting garbage, delays none of the others and counts with its next one.
 */
final class Daemon implements Contestant {
  /** Asks for one reading and returns how many sockets it found. */
  interface Question {
    long ask() throws Exception;
  }

  private static final int WARM_UP = 100;

  private final Process process;
  private final Question question;

  Daemon(Process process, Question question) {
    this.process = process;
    this.question = question;
  }

  @Override
  public void warmUp() throws Exception {
    for (int i = 0; i < WARM_UP; i++) {
      question.ask();
    }
    pause();
  }

  @Override
  public Cost read(int times, int sockets) throws Exception {
    long cpu = Spent.of(process.pid());
    resume();
    long start = System.nanoTime();
    for (int i = 0; i < times; i++) {
      ask(sockets);
    }
    double wall = System.nanoTime() - start;
    pause();
    cpu = Spent.of(process.pid()) - cpu;
    return new Cost(cpu / 1e6 / times, wall / times / 1e6, kib(process, "VmHWM"));
  }

  long pid() {
    return process.pid();
  }

  /** Asks for a reading that has to find so many sockets. */
  void ask(int sockets) throws Exception {
    long found = question.ask();
    if (found < sockets) {
      throw new IllegalStateException("found " + found + " of " + sockets + " sockets");
    }
  }

  void pause() throws Exception {
    signal("STOP");
  }

  void resume() throws Exception {
    signal("CONT");
  }

  private void signal(String name) throws Exception {
    new ProcessBuilder("sh", "-c", "kill -" + name + " " + process.pid())
        .inheritIO()
        .start()
        .waitFor();
  }

  /** A size in {@code /proc/PID/status}. */
  static long kib(Process process, String field) throws Exception {
    return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
        .filter(line -> line.startsWith(field + ":"))
        .map(line -> line.replaceAll("[^0-9]", ""))
        .mapToLong(Long::parseLong)
        .findFirst()
        .orElseThrow();
  }

  @Override
  public void close() throws Exception {
    resume();
    end(process);
  }

  static void end(Process process) throws InterruptedException {
    process.destroy();
    if (!process.waitFor(20, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
  }
}
