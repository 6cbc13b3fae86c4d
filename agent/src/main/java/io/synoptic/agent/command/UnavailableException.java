package io.synoptic.agent.command;

/** There are no figures. The message is one line: what failed, on what, and what to do. */
public final class UnavailableException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String line;

  UnavailableException(String message) {
    super(message);
    line = message;
  }

  /** What {@link #getMessage} returns, and never null. */
  String line() {
    return line;
  }
}
