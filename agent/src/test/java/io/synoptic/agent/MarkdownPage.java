package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A page of Markdown in this repository, as GitHub reads it.
 *
 * @param name its path from the top of the repository
 */
record MarkdownPage(String name, String text) {
  /** A line of shell: htpasswd as apache2-utils has it, where that is not installed. */
  static final String HTPASSWD =
      "command -v htpasswd >/dev/null || htpasswd() { read -r password; echo \"$3:$(perl -e"
          + " 'print crypt($ARGV[0], q($2y$10$abcdefghijklmnopqrstuu))' \"$password\")\"; }\n";

  private static final Set<String> GENERATED = Set.of("target", "build", ".git");
  private static final Pattern HEADING = Pattern.compile("#{1,6} +(?<title>.+)");
  private static final Pattern LINK = Pattern.compile("]\\((?<target>[^)\\s]+)\\)");
  private static final Pattern HERE_DOCUMENT = Pattern.compile("<<'?(?<end>[A-Z]+)'?(\\s|$)");
  private static final Pattern CODE = Pattern.compile("`[^`]*`");

  /**
   * A fenced block.
   *
   * @param section the page's name and the anchor of the heading above: {@code README.md#install}
   */
  record Block(String section, String language, String text) {}

  static MarkdownPage read(String name) throws IOException {
    return new MarkdownPage(name, Files.readString(RunningAgent.ROOT.resolve(name)));
  }

  /** Every page, by name. */
  static List<MarkdownPage> all() throws IOException {
    List<MarkdownPage> pages = new ArrayList<>();
    try (Stream<Path> files = Files.walk(RunningAgent.ROOT)) {
      for (Path file : files.filter(MarkdownPage::isPage).sorted().toList()) {
        pages.add(read(RunningAgent.ROOT.relativize(file).toString()));
      }
    }
    assertThat(pages).hasSizeGreaterThan(5);
    return pages;
  }

  private static boolean isPage(Path file) {
    for (Path part : RunningAgent.ROOT.relativize(file)) {
      if (GENERATED.contains(part.toString())) {
        return false;
      }
    }
    return file.toString().endsWith(".md");
  }

  /** The anchors of its headings. */
  Set<String> anchors() {
    Set<String> anchors = new LinkedHashSet<>();
    read((line, anchor, language) -> anchors.add(anchor));
    return anchors;
  }

  /** What it links to, images included, as the page spells it. */
  List<String> links() {
    List<String> links = new ArrayList<>();
    read(
        (line, anchor, language) -> {
          if (language == null) {
            Matcher link = LINK.matcher(CODE.matcher(line).replaceAll("code"));
            while (link.find()) {
              links.add(link.group("target"));
            }
          }
        });
    return links;
  }

  List<Block> blocks() {
    List<Block> blocks = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    read(
        (line, anchor, language) -> {
          if (language == null || line.startsWith("```")) {
            return;
          }
          text.append(line).append('\n');
        },
        (anchor, language) -> {
          blocks.add(new Block(name + "#" + anchor, language, text.toString()));
          text.setLength(0);
        });
    return blocks;
  }

  /**
   * The commands in the fenced blocks {@code sh} and {@code console} below a heading, each as it is
   * typed: with the lines that it goes on, and its here-document.
   *
   * @param section {@code README.md#install}
   */
  static List<String> commands(String section) throws IOException {
    List<String> commands = new ArrayList<>();
    for (Block block : read(section.substring(0, section.indexOf('#'))).blocks()) {
      if (block.section().equals(section)) {
        commands.addAll(commands(block));
      }
    }
    assertThat(commands).as("commands of %s", section).isNotEmpty();
    return commands;
  }

  /** Of one block; none if it has no commands. */
  static List<String> commands(Block block) {
    return switch (block.language()) {
      case "sh" -> typed(block.text().lines().toList());
      case "console" ->
          typed(
              block
                  .text()
                  .lines()
                  .filter(new Prompted()::test)
                  .map(line -> line.replaceFirst("^[$#] ", ""))
                  .toList());
      default -> List.of();
    };
  }

  /** Separates commands, and the lines that they go on, from what is printed. */
  private static final class Prompted {
    private boolean goesOn;

    boolean test(String line) {
      boolean command = goesOn || line.startsWith("$ ") || line.startsWith("# ");
      goesOn = command && line.endsWith("\\");
      return command;
    }
  }

  private static List<String> typed(List<String> lines) {
    List<String> commands = new ArrayList<>();
    StringBuilder command = new StringBuilder();
    String end = null;
    for (String line : lines) {
      command.append(command.isEmpty() ? "" : "\n").append(line);
      Matcher document = HERE_DOCUMENT.matcher(line);
      if (end == null && document.find()) {
        end = document.group("end");
      } else if (end != null ? line.equals(end) : !line.endsWith("\\")) {
        if (!command.toString().isBlank()) {
          commands.add(command.toString());
        }
        command.setLength(0);
        end = null;
      }
    }
    assertThat(command).isEmpty();
    return commands;
  }

  private interface LineReader {
    /**
     * Takes a line.
     *
     * @param language of the fenced block, or null outside of one
     */
    void take(String line, String anchor, String language);
  }

  private interface EndReader {
    void take(String anchor, String language);
  }

  private void read(LineReader reader) {
    read(reader, (anchor, language) -> {});
  }

  private void read(LineReader reader, EndReader ends) {
    Map<String, Integer> seen = new HashMap<>();
    String anchor = "";
    String language = null;
    for (String line : text.lines().toList()) {
      Matcher heading = HEADING.matcher(line);
      if (language != null && line.equals("```")) {
        ends.take(anchor, language);
        language = null;
      } else if (language == null && line.startsWith("```")) {
        language = line.substring("```".length()).strip();
      } else if (language == null && heading.matches()) {
        String slug = slug(heading.group("title"));
        int times = seen.merge(slug, 1, Integer::sum);
        anchor = times == 1 ? slug : slug + "-" + (times - 1);
      }
      reader.take(line, anchor, language);
    }
    assertThat(language).as("%s: a block that doesn't end", name).isNull();
  }

  /** The anchor of a heading. */
  static String slug(String title) {
    return title
        .toLowerCase(Locale.ROOT)
        .replaceAll("[^\\p{L}\\p{N} _-]", "")
        .strip()
        .replace(' ', '-');
  }
}
