package io.synoptic.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A procfs of files, to be changed by a test. {@code full} is the initial namespace of Linux 6.18,
 * {@code old} another one of 3.10 without IPv6 and SYN cookies, {@code gvisor} that of gVisor.
 */
public final class TestProcfs {
  public static final long PAGE_SIZE = 65536;

  private TestProcfs() {}

  public static Path copy(String name, Path into) throws IOException {
    Path from = Path.of("test/resources/procfs").resolve(name);
    try (Stream<Path> files = Files.walk(from)) {
      files
          .filter(Files::isRegularFile)
          .forEach(file -> copy(file, into.resolve(from.relativize(file).toString())));
    }
    ByteBuffer auxv = ByteBuffer.allocate(8 * Long.BYTES).order(ByteOrder.nativeOrder());
    List.of(33L, 4096L, 6L, PAGE_SIZE, 17L, 100L, 0L, 0L).forEach(auxv::putLong);
    Files.createDirectories(into.resolve("self"));
    Files.write(into.resolve("self/auxv"), auxv.array());
    return into;
  }

  private static void copy(Path from, Path to) {
    try {
      Files.createDirectories(to.getParent());
      Files.copy(from, to);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Replaces the first place where {@code before} is in a file. */
  public static void edit(Path file, String before, String after) throws IOException {
    String text = Files.readString(file);
    if (!text.contains(before)) {
      throw new IllegalArgumentException(file + " has no " + before);
    }
    int at = text.indexOf(before);
    Files.writeString(file, text.substring(0, at) + after + text.substring(at + before.length()));
  }
}
