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
  private static final Set<String> GENERATED = Set.of("target", "build", ".git");
  private static final Pattern HEADING = Pattern.compile("#{1,6} +(?<title>.+)");
  private static final Pattern LINK = Pattern.compile("]\\((?<target>[^)\\s]+)\\)");
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

  private static String slug(String title) {
    return title
        .toLowerCase(Locale.ROOT)
        .replaceAll("[^\\p{L}\\p{N} _-]", "")
        .strip()
        .replace(' ', '-');
  }
}
