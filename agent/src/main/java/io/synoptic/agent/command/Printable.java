package io.synoptic.agent.command;

/**
 * Text that comes from outside, for a terminal: names of processes, units and network namespaces
 * may hold any bytes, and a terminal obeys some.
 */
public final class Printable {
  private static final char REPLACEMENT = '?';

  private Printable() {}

  /**
   * The same without anything that a terminal obeys: control characters of ASCII and of ISO 8859,
   * line breaks among them, and what changes the direction of text or has no width.
   */
  public static String of(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (isObeyed(text.charAt(i))) {
        return replaced(text, false);
      }
    }
    return text;
  }

  /** The same of several lines: line breaks and tabulators stay. */
  public static String lines(String text) {
    return replaced(text, true);
  }

  private static String replaced(String text, boolean keepBreaks) {
    StringBuilder printable = new StringBuilder(text);
    for (int i = 0; i < printable.length(); i++) {
      char c = printable.charAt(i);
      if (isObeyed(c) && !(keepBreaks && (c == '\n' || c == '\t'))) {
        printable.setCharAt(i, REPLACEMENT);
      }
    }
    return printable.toString();
  }

  private static boolean isObeyed(char c) {
    int type = Character.getType(c);
    return type == Character.CONTROL
        || type == Character.FORMAT
        || type == Character.LINE_SEPARATOR
        || type == Character.PARAGRAPH_SEPARATOR;
  }
}
