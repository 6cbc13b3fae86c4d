package io.synoptic.agent.command;

import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * What {@code --help} prints, wrapped at blanks alone: picocli breaks names at dots and hyphens.
 */
public final class HelpText {
  /** Where descriptions begin, and where on a narrow terminal. */
  private static final int COLUMN = 29;

  private static final int NARROW_COLUMN = 8;

  private final StringBuilder text = new StringBuilder();
  private final int width;
  private final int column;

  private HelpText(int width) {
    this.width = width;
    this.column = width < 2 * COLUMN ? NARROW_COLUMN : COLUMN;
  }

  /** The help, in lines of at most {@code width} characters, but for words that are longer. */
  public static String of(CommandSpec command, int width) {
    HelpText help = new HelpText(width);
    help.wrap("Usage: " + String.join(" ", command.usageMessage().customSynopsis()), 0, 0);
    for (String line : command.usageMessage().description()) {
      help.wrap(line, 0, 0);
    }
    command.options().forEach(help::option);
    help.commands(command);
    help.exitStatus(command.usageMessage().exitCodeList());
    help.examples(command.usageMessage().footer());
    return help.text.toString();
  }

  private void commands(CommandSpec command) {
    heading("Commands", command.subcommands());
    command
        .subcommands()
        .forEach(
            (name, one) ->
                entry("  " + name, one.getCommandSpec().usageMessage().description()[0]));
  }

  private void exitStatus(Map<String, String> statuses) {
    heading("Exit status", statuses);
    statuses.forEach((status, meaning) -> entry("  " + status, meaning));
  }

  /** A command, and a line on it, by turns. */
  private void examples(String[] lines) {
    heading("Examples", lines.length == 0 ? Map.of() : Map.of("", ""));
    for (int i = 0; i < lines.length; i++) {
      text.append(i % 2 == 0 ? "  " : "      ");
      wrap(lines[i], i % 2 == 0 ? 2 : 6, i % 2 == 0 ? 2 : 6);
    }
  }

  private void heading(String heading, Map<String, ?> entries) {
    if (!entries.isEmpty()) {
      text.append('\n').append(heading).append(":\n");
    }
  }

  private void entry(String name, String words) {
    text.append(name);
    wrap(words, name.length(), column);
  }

  private void option(OptionSpec option) {
    String names = (option.names().length > 1 ? "  " : "      ") + names(option);
    text.append(names);
    int at = names.length();
    if (at > column - 2) {
      text.append('\n');
      at = 0;
    }
    wrap(String.join(" ", option.description()), at, column);
  }

  private static String names(OptionSpec option) {
    String names = String.join(", ", option.names());
    if (option.negatable()) {
      return names.replaceFirst("^--", "--[no-]");
    }
    boolean takesValue = option.arity().max() > 0;
    return takesValue ? names + "=" + option.paramLabel() : names;
  }

  /** Appends words from a column on, where the line has {@code at} characters so far. */
  private void wrap(String words, int at, int indent) {
    int used = at;
    boolean first = true;
    for (String word : List.of(words.split(" +"))) {
      if (!first && used + 1 + word.length() > width) {
        text.append('\n');
        used = 0;
        first = true;
      }
      int blanks = first ? Math.max(0, indent - used) : 1;
      text.append(" ".repeat(blanks)).append(word);
      used += blanks + word.length();
      first = false;
    }
    text.append('\n');
  }
}
