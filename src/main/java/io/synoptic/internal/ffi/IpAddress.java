package io.synoptic.internal.ffi;

/** Addresses as text, in the one spelling that RFC 5952 leaves. */
final class IpAddress {
  private static final int GROUPS = 8;

  private IpAddress() {}

  /** An address of 4 or 16 bytes in network order. */
  static String text(byte[] address) {
    return address.length == 4 ? ipv4(address) : ipv6(address);
  }

  private static String ipv4(byte[] address) {
    return (address[0] & 0xff)
        + "."
        + (address[1] & 0xff)
        + "."
        + (address[2] & 0xff)
        + "."
        + (address[3] & 0xff);
  }

  /** The longest run of two zero groups or more becomes {@code ::}, the first of several. */
  private static String ipv6(byte[] address) {
    int longest = 1;
    int start = -1;
    for (int i = 0; i < GROUPS; i++) {
      int run = 0;
      while (i + run < GROUPS && group(address, i + run) == 0) {
        run++;
      }
      if (run > longest) {
        longest = run;
        start = i;
      }
    }
    if (start < 0) {
      return groups(address, 0, GROUPS);
    }
    return groups(address, 0, start) + "::" + groups(address, start + longest, GROUPS);
  }

  private static String groups(byte[] address, int from, int to) {
    StringBuilder text = new StringBuilder();
    for (int i = from; i < to; i++) {
      text.append(i > from ? ":" : "").append(Integer.toHexString(group(address, i)));
    }
    return text.toString();
  }

  private static int group(byte[] address, int number) {
    return (address[2 * number] & 0xff) << 8 | (address[2 * number + 1] & 0xff);
  }
}
