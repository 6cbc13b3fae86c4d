package io.synoptic.internal.procfs;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A file's name as text. The kernel takes any bytes; the locale may know none but ASCII. */
public final class FileName {
  private FileName() {}

  /** The last name of a path that the file system gave: UTF-8 whatever the locale says. */
  public static String of(Path file) {
    String name = file.getFileName().toString();
    if (name.chars().allMatch(c -> c < 0x80)) {
      return name;
    }
    // A path keeps its bytes to itself, but for its URI.
    String raw = file.toUri().getRawPath().replaceFirst("/$", "");
    return decode(raw.substring(raw.lastIndexOf('/') + 1));
  }

  private static String decode(String escaped) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < escaped.length(); i++) {
      boolean isEscape = escaped.charAt(i) == '%';
      bytes.write(
          isEscape ? Integer.parseInt(escaped.substring(i + 1, i + 3), 16) : escaped.charAt(i));
      i += isEscape ? 2 : 0;
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
