package io.synoptic.internal.procfs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The kernel's counters as text under {@code /proc/net}: names and values, in lines that begin with
 * a group. What is not asked for is passed over, a line that makes no sense is an {@link
 * IOException}, and then none of the file's values can be believed.
 */
public final class NameValueText {
  /** Which values are wanted. */
  @FunctionalInterface
  public interface Selection {
    /** The names wanted of {@code group}; null for none. */
    @Nullable Predicate<String> names(String group);
  }

  /** Takes one value. */
  @FunctionalInterface
  public interface Sink {
    /** Takes the value of {@code name} in {@code group}; exact below 2^53. */
    void value(String group, String name, double value);
  }

  private NameValueText() {}

  /**
   * Reads {@code net/netstat} or {@code net/snmp}: a line of names, and one of as many values
   * behind the same group ({@code Tcp: InSegs OutSegs}, {@code Tcp: 1 2}). gVisor ends its netstat
   * with the names: then there are no values.
   */
  public static void readColumns(Path file, Selection selection, Sink sink) throws IOException {
    String text = KernelFile.text(file);
    for (int start = 0; start < text.length(); ) {
      int end = endOfLine(text, start);
      int values = end + 1;
      int valuesEnd = endOfLine(text, values);
      int colon = text.indexOf(':', start);
      if (colon < 0 || colon >= end) {
        throw malformed(file, text.substring(start, end));
      }
      String group = text.substring(start, colon);
      Predicate<String> wanted = selection.names(group);
      if (wanted != null && values < text.length()) {
        if (!text.startsWith(group + ":", values)) {
          throw new IOException(file + ": no values behind the names of " + group);
        }
        Words names = new Words(text, colon + 1, end);
        Words numbers = new Words(text, values + group.length() + 1, valuesEnd);
        while (names.next()) {
          if (!numbers.next()) {
            throw new IOException(file + ": fewer values than names of " + group);
          }
          String name = names.word();
          if (wanted.test(name)) {
            sink.value(group, name, KernelFile.number(file, numbers.word()));
          }
        }
        if (numbers.next()) {
          throw new IOException(file + ": more values than names of " + group);
        }
      }
      start = valuesEnd + 1;
    }
  }

  /** Reads {@code net/sockstat} or {@code net/sockstat6}: {@code TCP: inuse 1 orphan 0}. */
  public static void readPairs(Path file, Selection selection, Sink sink) throws IOException {
    String text = KernelFile.text(file);
    for (int start = 0; start < text.length(); ) {
      int end = endOfLine(text, start);
      int colon = text.indexOf(':', start);
      if (colon < 0 || colon >= end) {
        throw malformed(file, text.substring(start, end));
      }
      String group = text.substring(start, colon);
      Predicate<String> wanted = selection.names(group);
      Words words = new Words(text, colon + 1, end);
      while (wanted != null && words.next()) {
        String name = words.word();
        if (!words.next()) {
          throw malformed(file, text.substring(start, end));
        }
        if (wanted.test(name)) {
          sink.value(group, name, KernelFile.number(file, words.word()));
        }
      }
      start = end + 1;
    }
  }

  /**
   * Reads {@code net/snmp6}: one name and value a line, the group a part of the name up to its 6
   * ({@code Ip6InReceives}, {@code UdpLite6InErrors}). A group alone names nothing that can be
   * wanted.
   */
  public static void readLines(Path file, Selection selection, Sink sink) throws IOException {
    String text = KernelFile.text(file);
    for (int start = 0; start < text.length(); ) {
      int end = endOfLine(text, start);
      Words words = new Words(text, start, end);
      if (words.next()) {
        String name = words.word();
        if (!words.next()) {
          throw malformed(file, text.substring(start, end));
        }
        String group = name.substring(0, name.indexOf('6') + 1);
        String rest = name.substring(group.length());
        Predicate<String> wanted = rest.isEmpty() ? null : selection.names(group);
        if (wanted != null && wanted.test(rest)) {
          sink.value(group, rest, KernelFile.number(file, words.word()));
        }
      }
      start = end + 1;
    }
  }

  private static IOException malformed(Path file, String line) {
    return new IOException(file + ": not understood: " + line);
  }

  private static int endOfLine(String text, int start) {
    int end = text.indexOf('\n', start);
    return end < 0 ? text.length() : end;
  }

  /** The words of a part of a text, one after the other. */
  private static final class Words {
    private final String text;
    private final int limit;
    private int start;
    private int end;

    Words(String text, int from, int limit) {
      this.text = text;
      this.limit = limit;
      end = from;
    }

    /** Moves to the next word; false if there is none. */
    boolean next() {
      start = end;
      while (start < limit && isBlank(text.charAt(start))) {
        start++;
      }
      end = start;
      while (end < limit && !isBlank(text.charAt(end))) {
        end++;
      }
      return start < limit;
    }

    String word() {
      return text.substring(start, end);
    }

    private static boolean isBlank(char c) {
      return c == ' ' || c == '\t';
    }
  }
}
