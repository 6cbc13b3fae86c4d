package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Packages archive the classes that the tree lists, so that each build of a commit is the same. */
@Tag("waits")
class ClassListsIT {
  /** Of what a run loads, listed or not, as its threads go and as the sources change. */
  private static final double LISTED = 0.97;

  @ParameterizedTest
  @ValueSource(strings = {"classes.list", "commands.list"})
  void nearlyAllThatARunLoadsIsListed(String name) throws Exception {
    Path listed =
        RunningAgent.ROOT
            .resolve("agent/src/build/java-" + Runtime.version().feature())
            .resolve(name);
    Path loaded = RunningAgent.ROOT.resolve("agent/target").resolve(name);
    assumeTrue(Files.exists(listed), "no lists of classes for this Java");

    List<String> all = classes(loaded);
    Set<String> known = new HashSet<>(classes(listed));

    assertThat(all).hasSizeGreaterThan(2000);
    assertThat(all.stream().filter(known::contains).count())
        .as("of %s: scripts/classes lists them again", name)
        .isGreaterThan((long) (all.size() * LISTED));
  }

  private static List<String> classes(Path list) throws IOException {
    return Files.readAllLines(list).stream().filter(line -> !line.startsWith("#")).toList();
  }
}
