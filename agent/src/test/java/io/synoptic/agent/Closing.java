package io.synoptic.agent;

/** The end of what several things were opened for. */
final class Closing {
  private Closing() {}

  /** Closes all of them, in this order, whatever one of them comes to; null was not opened. */
  static void all(AutoCloseable... opened) throws Exception {
    Exception first = null;
    for (AutoCloseable each : opened) {
      try {
        if (each != null) {
          each.close();
        }
      } catch (Exception | AssertionError e) {
        if (first == null) {
          first = new IllegalStateException(e);
        } else {
          first.addSuppressed(e);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }
}
