package io.synoptic.internal.procfs;

import io.synoptic.internal.ffi.DaemonProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The size of a page of memory, in which the kernel counts what TCP's buffers take. */
public final class PageSize {
  /** {@code include/uapi/linux/auxvec.h} */
  private static final long AT_PAGESZ = 6;

  private static final Pattern OF_A_MAPPING = Pattern.compile("KernelPageSize: +([0-9]+) kB");

  private final Path procfs;
  private long bytes;

  public PageSize(Path procfs) {
    this.procfs = procfs;
  }

  /**
   * The size in bytes, as the kernel says it to each program that it starts, or where that is
   * closed ({@link DaemonProcess#protect}) as it says it of the program's first mapping. It is read
   * once, for it never changes.
   *
   * @throws IOException if neither can be read or says it
   */
  public synchronized long bytes() throws IOException {
    if (bytes == 0) {
      try {
        bytes = readAuxiliaryVector(procfs);
      } catch (AccessDeniedException e) {
        bytes = readMappings(procfs);
      }
    }
    return bytes;
  }

  /** Pairs of words, a type and its value. */
  private static long readAuxiliaryVector(Path procfs) throws IOException {
    Path file = procfs.resolve("self/auxv");
    ByteBuffer words = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.nativeOrder());
    while (words.remaining() >= 2 * Long.BYTES) {
      long type = words.getLong();
      long value = words.getLong();
      if (type == AT_PAGESZ && value > 0) {
        return value;
      }
    }
    throw new IOException(file + ": no size of a page");
  }

  private static long readMappings(Path procfs) throws IOException {
    Path file = procfs.resolve("self/smaps");
    try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Matcher size = OF_A_MAPPING.matcher(line);
        if (size.matches()) {
          return 1024 * Long.parseLong(size.group(1));
        }
      }
    }
    throw new IOException(file + ": no size of a page");
  }
}
