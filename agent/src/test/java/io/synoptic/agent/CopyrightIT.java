package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The package names the license and the owners of all that is in it. */
@Tag("waits")
class CopyrightIT {
  private static final Path DIST = RunningAgent.ROOT.resolve("agent/target/dist");

  private static final Path SOURCES = RunningAgent.ROOT.resolve("native");
  private static final Pattern INCLUDE = Pattern.compile("#include \"([^\"]+)\"");
  private static final String BOTH = "SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0";

  /** A paragraph of deploy/debian/copyright: what is under which licenses, or a license's text. */
  private record Paragraph(String text) {
    /** Without the field's name; the lines after its first begin with a blank. */
    String field(String name) {
      return Pattern.compile("^" + name + ":((?:.*\n?)(?: .*\n?)*)", Pattern.MULTILINE)
          .matcher(text)
          .results()
          .map(found -> found.group(1).strip())
          .findFirst()
          .orElse("");
    }

    List<String> licenses() {
      return List.of(field("License").lines().findFirst().orElse("").split(" and "));
    }

    boolean isOf(Path file) {
      return Stream.of(field("Files").split("\\s+"))
          .filter(glob -> !glob.equals("*") && !glob.isEmpty())
          .map(glob -> FileSystems.getDefault().getPathMatcher("glob:" + glob))
          .anyMatch((PathMatcher matcher) -> matcher.matches(file));
    }
  }

  private static List<Paragraph> paragraphs() throws IOException {
    return Stream.of(
            Files.readString(RunningAgent.ROOT.resolve("deploy/debian/copyright")).split("\n\n"))
        .map(Paragraph::new)
        .toList();
  }

  private static List<Path> filesIn(String folder) throws IOException {
    try (Stream<Path> files = Files.list(DIST.resolve(folder))) {
      return files.map(DIST::relativize).map(Path.of("usr/lib/synoptic")::resolve).toList();
    }
  }

  @Test
  void eachLibraryIsInOneParagraphAndEachParagraphIsOfALibrary() throws Exception {
    List<Path> jars = filesIn("lib");
    List<Path> libraries = Stream.concat(jars.stream(), filesIn("native").stream()).toList();
    List<Paragraph> all = paragraphs();

    assertThat(jars).hasSizeGreaterThan(20);
    for (Path jar : jars) {
      assertThat(all.stream().filter(paragraph -> paragraph.isOf(jar))).as("%s", jar).hasSize(1);
    }
    assertThat(all)
        .filteredOn(paragraph -> paragraph.field("Files").contains("/lib/"))
        .filteredOn(paragraph -> paragraph.field("Files").contains(".jar"))
        .allMatch(paragraph -> libraries.stream().anyMatch(paragraph::isOf));
  }

  @Test
  void eachLicenseHasItsTextOrWhereThatIs() throws Exception {
    List<Paragraph> all = paragraphs();
    Set<String> named =
        all.stream()
            .filter(paragraph -> !paragraph.field("Files").isEmpty())
            .flatMap(paragraph -> paragraph.licenses().stream())
            .collect(Collectors.toSet());
    Set<String> written =
        all.stream()
            .filter(paragraph -> paragraph.text().startsWith("License:"))
            .filter(paragraph -> paragraph.text().contains("\n "))
            .flatMap(paragraph -> paragraph.licenses().stream())
            .collect(Collectors.toSet());

    assertThat(written).isEqualTo(named);
  }

  @Test
  void theLicensesOfOurOwnFilesAreInTheTree() throws Exception {
    assertThat(RunningAgent.ROOT.resolve("LICENSE")).content().contains("Apache License");
    assertThat(RunningAgent.ROOT.resolve("native/bpf/LICENSE"))
        .content()
        .contains("GNU GENERAL PUBLIC LICENSE", "Version 2, June 1991");
    assertThat(RunningAgent.ROOT.resolve("NOTICE")).content().contains("native/bpf/LICENSE");
  }

  /** As NOTICE has it: the BPF programs and all that they include, and nothing else of ours. */
  @Test
  void eachFileOfABpfProgramIsUnderBothLicensesAndNoOtherIs() throws Exception {
    Set<Path> both = new TreeSet<>();
    Set<Path> programs = new TreeSet<>();
    try (Stream<Path> files = Files.walk(SOURCES)) {
      for (Path file : files.filter(file -> file.toString().matches(".*\\.[ch]")).toList()) {
        if (Files.readString(file).lines().findFirst().orElse("").contains(BOTH)) {
          both.add(file);
        }
        if (file.toString().endsWith(".bpf.c")) {
          addWithIncludes(file, programs);
        }
      }
    }

    assertThat(both).hasSizeGreaterThan(10).isEqualTo(programs);
    String notice = Files.readString(RunningAgent.ROOT.resolve("NOTICE"));
    assertThat(both)
        .allMatch(
            file ->
                file.startsWith(SOURCES.resolve("bpf"))
                    || notice.contains(RunningAgent.ROOT.relativize(file).toString()));
  }

  private static void addWithIncludes(Path file, Set<Path> all) throws IOException {
    if (!all.add(file)) {
      return;
    }
    Matcher include = INCLUDE.matcher(Files.readString(file));
    while (include.find()) {
      List<Path> found =
          Stream.of(file.getParent(), SOURCES.resolve("include"), SOURCES.resolve("src"))
              .map(folder -> folder.resolve(include.group(1)).normalize())
              .filter(Files::exists)
              .toList();
      assertThat(found).as("%s, of %s", include.group(1), file).isNotEmpty();
      addWithIncludes(found.get(0), all);
    }
  }
}
