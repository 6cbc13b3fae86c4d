package io.synoptic.findings;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.synoptic.NetworkNamespace;
import java.util.Locale;
import java.util.regex.Pattern;

/** Commands to be pasted into a shell. Names come from outside: none is ever read as shell. */
final class Shell {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_@%+=:,./-]+");

  /** As the inode numbers of network namespaces are. */
  private static final Pattern INODE = Pattern.compile("[0-9]{10}");

  private static final Pattern PID = Pattern.compile("pid-[0-9]+");

  private final String prefix;

  private Shell(String prefix) {
    this.prefix = prefix;
  }

  /**
   * A shell in a network namespace. nsenter, because ip-netns would also mount another /sys, and
   * reads a name that begins with a dash as an option.
   */
  static Shell in(NetworkNamespace namespace) {
    String netns = namespace.netns();
    if (netns.isEmpty()) {
      return new Shell("");
    }
    if (INODE.matcher(netns).matches()) {
      // lsns names the process with the lowest number in it.
      return new Shell(
          "nsenter --net --target \"$(lsns --raw --noheadings --type net --output NS,PID"
              + " | awk '$1 == "
              + netns
              + " { print $2 }')\" ");
    }
    if (PID.matcher(netns).matches()) {
      return new Shell("nsenter --net=/proc/" + netns.substring("pid-".length()) + "/ns/net ");
    }
    return new Shell("nsenter " + quote("--net=/run/netns/" + netns) + " ");
  }

  /** A command line whose words are shell already; the first command of it runs inside. */
  String run(String command) {
    return prefix + command;
  }

  /**
   * One word of a command line. A control character is written by its number, which bash, zsh and
   * ksh read, because a terminal may act on it when it is pasted.
   */
  static String quote(String word) {
    if (PLAIN.matcher(word).matches()) {
      return word;
    }
    if (word.codePoints().noneMatch(Shell::isUnsafe)) {
      return "'" + word.replace("'", "'\\''") + "'";
    }
    StringBuilder quoted = new StringBuilder("$'");
    word.codePoints()
        .forEach(
            c -> {
              if (c == '\'' || c == '\\') {
                quoted.append('\\').appendCodePoint(c);
              } else if (isUnsafe(c)) {
                for (byte b : new String(Character.toChars(c)).getBytes(UTF_8)) {
                  quoted.append(String.format(Locale.ROOT, "\\%03o", b & 0xff));
                }
              } else {
                quoted.appendCodePoint(c);
              }
            });
    return quoted.append("'").toString();
  }

  /** What a terminal does not show as it is, or shows elsewhere. */
  private static boolean isUnsafe(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> false;
    };
  }
}
