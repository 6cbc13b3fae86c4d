package io.synoptic;

import java.util.EnumMap;
import java.util.Map;

/**
 * A scan that failed. No count of it is kept: half a scan is no figure.
 *
 * <p>The message says what was tried, what the kernel answered, and what to do.
 */
public final class ScanException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int errno;
  private final EnumMap<Rejection, Long> rejectedMessages = new EnumMap<>(Rejection.class);

  /** A failure that has no single error number. */
  public ScanException(String message) {
    this(message, 0, Map.of());
  }

  /**
   * A failure with an error number.
   *
   * @param errno the kernel's, positive
   * @param rejectedMessages by reason, as far as there are any
   */
  public ScanException(String message, int errno, Map<Rejection, Long> rejectedMessages) {
    super(message);
    this.errno = errno;
    this.rejectedMessages.putAll(rejectedMessages);
  }

  /** The kernel's error number, positive; 0 if there is none, or several. */
  public int errno() {
    return errno;
  }

  /** Netlink messages that this scan rejected, for one reason. */
  public long rejectedMessages(Rejection reason) {
    return rejectedMessages.getOrDefault(reason, 0L);
  }
}
