package io.synoptic.agent;

/** UTF-8 into a buffer that somebody else grows. */
final class Utf8 {
  /** Bytes that a char takes at most: a surrogate pair takes four. */
  static final int MAX_CHAR_BYTES = 3;

  private Utf8() {}

  /**
   * Writes the character at {@code i} and returns where the next byte goes. A surrogate without its
   * other half becomes a question mark, as in any of Java's encoders; of a pair the second one
   * writes nothing.
   */
  static int put(String text, int i, byte[] to, int at) {
    char c = text.charAt(i);
    if (c < 0x80) {
      to[at] = (byte) c;
      return at + 1;
    }
    if (!Character.isSurrogate(c)) {
      return encode(c, to, at);
    }
    if (Character.isHighSurrogate(c) && isLow(text, i + 1)) {
      return encode(text.codePointAt(i), to, at);
    }
    if (Character.isLowSurrogate(c) && i > 0 && Character.isHighSurrogate(text.charAt(i - 1))) {
      return at;
    }
    to[at] = '?';
    return at + 1;
  }

  private static boolean isLow(String text, int i) {
    return i < text.length() && Character.isLowSurrogate(text.charAt(i));
  }

  /** A code point of more than one byte. */
  private static int encode(int codePoint, byte[] to, int start) {
    int at = start;
    if (codePoint < 0x800) {
      to[at++] = (byte) (0xC0 | (codePoint >> 6));
    } else {
      if (codePoint < 0x10000) {
        to[at++] = (byte) (0xE0 | (codePoint >> 12));
      } else {
        to[at++] = (byte) (0xF0 | (codePoint >> 18));
        to[at++] = (byte) (0x80 | ((codePoint >> 12) & 0x3F));
      }
      to[at++] = (byte) (0x80 | ((codePoint >> 6) & 0x3F));
    }
    to[at++] = (byte) (0x80 | (codePoint & 0x3F));
    return at;
  }
}
