package io.synoptic.internal.limits;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import org.jspecify.annotations.Nullable;

/** What a thread has taken of the CPU. */
public final class CpuTime {
  /** Null where the JVM has none. */
  private static final @Nullable ThreadMXBean THREADS = threads();

  private CpuTime() {}

  private static @Nullable ThreadMXBean threads() {
    try {
      ThreadMXBean threads = ManagementFactory.getThreadMXBean();
      return threads.isCurrentThreadCpuTimeSupported() && threads.isThreadCpuTimeEnabled()
          ? threads
          : null;
    } catch (RuntimeException | LinkageError e) {
      return null;
    }
  }

  /** Nanoseconds of CPU time; of time where a JVM doesn't know, which are no fewer. */
  public static long ofThisThread() {
    return THREADS == null ? System.nanoTime() : THREADS.getCurrentThreadCpuTime();
  }
}
