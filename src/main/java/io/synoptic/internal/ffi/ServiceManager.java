package io.synoptic.internal.ffi;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The service manager that has started this process, if it wants to know its state: systemd, for a
 * unit with {@code Type=notify} or {@code WatchdogSec=}.
 */
public final class ServiceManager {
  private static final Logger log = LoggerFactory.getLogger(ServiceManager.class);

  private ServiceManager() {}

  /**
   * Sends it {@code state}, lines such as {@code READY=1}; without a service manager that listens
   * nothing happens. A failure is logged, for that is all that can be done about it.
   *
   * @throws UnsatisfiedLinkError if libsynoptic can't be loaded
   */
  public static void notify(String state) {
    int status = NativeLoader.api().synoptic_notify(state);
    if (status < 0) {
      log.warn("the service manager did not get {}: errno {}", state.replace('\n', ' '), -status);
    }
  }
}
