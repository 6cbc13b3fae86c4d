package io.synoptic.internal.ffi;

/** What a daemon asks of its own process. */
public final class DaemonProcess {
  private DaemonProcess() {}

  /**
   * Keeps other processes of the same user from tracing this one, from reading its memory and from
   * taking its descriptors, until it ends. No core dump can be made of it any more.
   *
   * @throws UnsatisfiedLinkError if libsynoptic can't be loaded
   */
  public static void protect() {
    check("prctl(PR_SET_DUMPABLE)", NativeLoader.api().synoptic_protect());
  }

  /**
   * Waits for SIGTERM, SIGINT or SIGHUP. None of them ends the process from now on: the caller
   * does. The JVM starts a thread for each signal, and one more for each shutdown hook; where none
   * can be started it ignores SIGTERM. This needs none but the caller's.
   *
   * @throws UnsatisfiedLinkError if libsynoptic can't be loaded
   */
  public static void awaitStop() {
    check("waiting for a signal", NativeLoader.api().synoptic_wait_for_stop());
  }

  private static void check(String call, int status) {
    if (status < 0) {
      throw new IllegalStateException(call + ": errno " + -status);
    }
  }
}
