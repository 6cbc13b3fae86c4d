package io.synoptic.internal.procfs;

import java.util.Locale;

/** What failures have to say. */
public final class Messages {
  private Messages() {}

  /**
   * A failure's message in one line. Of one without a message, as many of the JDK are, the words
   * that its class is named with: {@code UnsupportedAddressTypeException} is "unsupported address
   * type".
   */
  public static String of(Throwable failure) {
    String message = failure.getMessage();
    if (message != null && !message.isBlank()) {
      return message.replace('\n', ' ').strip();
    }
    String name = failure.getClass().getSimpleName().replaceAll("(?<=.)(Exception|Error)$", "");
    String words = name.replaceAll("(?<=[a-z0-9])(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
    return words.isBlank() ? failure.getClass().getName() : words;
  }
}
