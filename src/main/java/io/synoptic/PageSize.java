package io.synoptic;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** The size of a page of memory, in which the kernel counts what TCP's buffers take. */
public final class PageSize {
  /** {@code include/uapi/linux/auxvec.h} */
  private static final long AT_PAGESZ = 6;

  private PageSize() {}

  /**
   * The size in bytes, as the kernel tells each program that it starts ({@code self/auxv}: pairs of
   * words, a type and its value).
   *
   * @throws IOException if it can't be read or doesn't tell
   */
  public static long read(Path procfs) throws IOException {
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
}
