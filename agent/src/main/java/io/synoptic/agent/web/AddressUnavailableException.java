package io.synoptic.agent.web;

/**
 * An address that can't be listened on now, and may be later: its interface is not up yet, its name
 * not known yet, its port still taken. Trying again helps.
 */
public final class AddressUnavailableException extends Exception {
  private static final long serialVersionUID = 1L;

  public AddressUnavailableException(String message) {
    super(message);
  }
}
