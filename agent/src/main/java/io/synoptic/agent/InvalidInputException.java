package io.synoptic.agent;

/** Input that can't be used. The message is one line: what, where, what to do. */
final class InvalidInputException extends Exception {
  private static final long serialVersionUID = 1L;

  InvalidInputException(String message) {
    super(message);
  }
}
