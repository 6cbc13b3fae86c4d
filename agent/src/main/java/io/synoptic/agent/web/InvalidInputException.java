package io.synoptic.agent.web;

/** Input that can't be used. The message is one line: what, where, what to do. */
public final class InvalidInputException extends Exception {
  private static final long serialVersionUID = 1L;

  public InvalidInputException(String message) {
    super(message);
  }
}
