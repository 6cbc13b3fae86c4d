package io.synoptic;

/**
 * A scan that failed. No count of it is kept: half a scan is no figure.
 *
 * <p>The message says what was tried, what the kernel answered, and what to do.
 */
public final class ScanException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int errno;
  private final long[] rejectedMessages;

  /** Of what has no single error number. */
  ScanException(String message) {
    this(message, 0, new long[Rejection.ALL.size()]);
  }

  ScanException(String message, int errno, long[] rejectedMessages) {
    super(message);
    this.errno = errno;
    this.rejectedMessages = rejectedMessages.clone();
  }

  /** The kernel's error number, positive; 0 if there is none, or several. */
  public int errno() {
    return errno;
  }

  /** Netlink messages that this scan didn't believe, for one reason. */
  public long rejectedMessages(Rejection reason) {
    return rejectedMessages[reason.number()];
  }
}
