package io.synoptic.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a process has in memory. PSS counts a page that n processes map as 1/n, as the kernel does,
 * but knows no other process of this PID namespace: two agents of one benchmark share pages, and a
 * host has one.
 */
record Memory(long rssKib, long pssKib) {
  private static final int PAGE_BYTES = 4096;

  /** Of an entry in {@code /proc/PID/pagemap}: the page is in memory, and where. */
  private static final long PRESENT = 1L << 63;

  private static final long FRAME = (1L << 55) - 1;

  /** How many processes map a frame, or 0 for one that nobody counts, such as that of zeros. */
  interface Mappings {
    long of(long frame) throws IOException;
  }

  static Memory of(long pid) throws IOException {
    List<Long> frames = frames(pid);
    Map<Long, Integer> others = new HashMap<>();
    for (Path process : processes()) {
      long other = Long.parseLong(process.getFileName().toString());
      if (other != pid) {
        frames(other).forEach(frame -> others.merge(frame, 1, Integer::sum));
      }
    }
    try (FileChannel counts = FileChannel.open(Path.of("/proc/kpagecount"))) {
      return of(frames, others, frame -> number(counts, frame));
    }
  }

  /**
   * What frames come to.
   *
   * @param others how often each is mapped by processes that are not to count
   */
  static Memory of(List<Long> frames, Map<Long, Integer> others, Mappings mappings)
      throws IOException {
    int resident = 0;
    double share = 0;
    for (long frame : frames) {
      long mapped = mappings.of(frame);
      if (mapped > 0) {
        resident++;
        share += 1.0 / Math.max(1, mapped - others.getOrDefault(frame, 0));
      }
    }
    return new Memory(kib(resident), kib(share));
  }

  private static long kib(double pages) {
    return Math.round(pages * PAGE_BYTES / 1024);
  }

  private static List<Path> processes() throws IOException {
    try (var all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      List<Path> processes = new ArrayList<>();
      all.forEach(processes::add);
      return processes;
    }
  }

  /** The pages that a process has in memory, one for each place where it maps it. */
  private static List<Long> frames(long pid) throws IOException {
    List<Long> frames = new ArrayList<>();
    Path process = Path.of("/proc", String.valueOf(pid));
    try (FileChannel pages = FileChannel.open(process.resolve("pagemap"))) {
      for (String line : Files.readAllLines(process.resolve("maps"))) {
        String[] range = line.substring(0, line.indexOf(' ')).split("-", -1);
        addFrames(pages, Long.parseUnsignedLong(range[0], 16), range[1], frames);
      }
    }
    return frames;
  }

  private static void addFrames(FileChannel pages, long start, String end, List<Long> frames)
      throws IOException {
    if (start < 0) {
      return; // vsyscall, in the kernel's half
    }
    long last = Long.parseUnsignedLong(end, 16) / PAGE_BYTES;
    ByteBuffer entries = ByteBuffer.allocateDirect(1 << 16).order(ByteOrder.nativeOrder());
    for (long page = start / PAGE_BYTES; page < last; ) {
      entries.clear().limit((int) Math.min(entries.capacity(), (last - page) * Long.BYTES));
      if (pages.read(entries, page * Long.BYTES) <= 0) {
        return;
      }
      entries.flip();
      for (; entries.remaining() >= Long.BYTES; page++) {
        long entry = entries.getLong();
        if ((entry & PRESENT) != 0) {
          frames.add(entry & FRAME);
        }
      }
    }
  }

  private static long number(FileChannel file, long index) throws IOException {
    ByteBuffer number = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
    return file.read(number, index * Long.BYTES) == Long.BYTES ? number.getLong(0) : 0;
  }
}
