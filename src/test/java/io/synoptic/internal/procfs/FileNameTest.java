package io.synoptic.internal.procfs;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.NamespaceFilter;
import io.synoptic.NetworkNamespace;
import io.synoptic.internal.netns.NamedNamespaces;
import io.synoptic.internal.owners.CgroupMount;
import io.synoptic.internal.owners.CgroupTree;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names that others choose, read by a JVM of whatever locale. */
class FileNameTest {
  /** UTF-8, Latin-1, neither, a quote, a backslash and a newline, and as long as a name can be. */
  private static final String MAKE =
      "cd \"$1\"; for name in 'h\\303\\244user' 'h\\344user' '\\377\\376' 'a\"b\\\\c\\nd' '%%41' \""
          + "x".repeat(252)
          + "\\342\\202\\254\"; do mkdir \"$(printf \"$name\")\"; done";

  private static final Set<String> NAMES =
      new TreeSet<>(
          List.of(
              "h\u00e4user",
              "h\ufffduser",
              "\ufffd\ufffd",
              "a\"b\\c\nd",
              "%41",
              "x".repeat(252) + "\u20ac"));

  @TempDir private Path folder;

  /** What a JVM prints: every name of the folder, as each that reads names reads it. */
  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    CgroupTree tree = CgroupTree.read(List.of(new CgroupMount(folder, "")), 100, Set.of());
    NamedNamespaces named = new NamedNamespaces(folder);
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        long id = (long) Files.getAttribute(file, "unix:ino");
        String name = named.of(id, 1).orElse("");
        NetworkNamespace namespace = new NetworkNamespace(name, name, name);
        boolean same =
            tree.path(id).equals("/" + name)
                && NamespaceFilter.of(List.of("*"), List.of("*/no")).shows(namespace);
        System.out.println(
            name.chars().mapToObj(Integer::toString).collect(Collectors.joining(" ")) + " " + same);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"C", "C.UTF-8"})
  void namesAreTheSameInEveryLocale(String locale) throws Exception {
    run("C", "sh", "-ec", MAKE, "sh", folder.toString());

    String read =
        run(
            locale,
            Path.of(System.getProperty("java.home"), "bin/java").toString(),
            "-Xshare:auto",
            "-cp",
            System.getProperty("java.class.path"),
            FileNameTest.class.getName(),
            folder.toString());
    Set<String> names = new TreeSet<>();
    for (String line : read.lines().toList()) {
      List<String> words = new ArrayList<>(List.of(line.split(" ", -1)));
      assertThat(words.remove(words.size() - 1)).as(line).isEqualTo("true");
      names.add(
          words.stream()
              .map(character -> Character.toString(Integer.parseInt(character)))
              .collect(Collectors.joining()));
    }
    assertThat(names).isEqualTo(NAMES);
  }

  private static String run(String locale, String... command) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("LC_ALL", locale);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  @Test
  void aNameOfAsciiIsItself() {
    assertThat(FileName.of(Path.of("/run/netns/vpn%41"))).isEqualTo("vpn%41");
  }
}
