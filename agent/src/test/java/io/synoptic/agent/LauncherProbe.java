package io.synoptic.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import jnr.ffi.LastError;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Runtime;

/** A JVM that tries what it must not be able to do, and prints what it could. */
public final class LauncherProbe {
  private static final int EPERM = 1;

  /** Of the highest number that bpf(2) has a command for, and more. */
  private static final int COMMANDS = 128;

  /** BPF_PROG_TEST_RUN and BPF_MAP_LOOKUP_BATCH. */
  private static final List<Integer> LEFT = List.of(10, 24);

  /** The C library's. */
  public interface Libc {
    /** Makes a system call by number. */
    long syscall(long number, long first, long second, long third);
  }

  private LauncherProbe() {}

  /** Prints each command of bpf(2) that is not refused, and whether a file could be read. */
  public static void main(String[] args) {
    Libc libc = LibraryLoader.create(Libc.class).load("c");
    long bpf = System.getProperty("os.arch").equals("amd64") ? 321 : 280;
    IntStream.range(0, COMMANDS)
        .filter(command -> !isRefused(libc, bpf, command))
        .forEach(command -> System.out.println("bpf " + command));
    try {
      System.out.println("secret " + Files.readString(Path.of(System.getenv("SECRET"))));
    } catch (IOException e) {
      System.out.println("refused " + e.getClass().getSimpleName());
    }
  }

  private static boolean isRefused(Libc libc, long bpf, int command) {
    long result = libc.syscall(bpf, command, 0, 0);
    return result == -1 && LastError.getLastError(Runtime.getSystemRuntime()) == EPERM;
  }

  /** What is left to it, as {@link #main} prints it: to run a program and to read a map. */
  static List<String> left() {
    return LEFT.stream().map(command -> "bpf " + command).toList();
  }
}
