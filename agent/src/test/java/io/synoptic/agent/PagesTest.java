package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The pages of this repository lead where they say. */
class PagesTest {
  @Test
  void everyRelativeLinkAndAnchorResolves() throws IOException {
    List<String> broken = new ArrayList<>();
    for (MarkdownPage page : MarkdownPage.all()) {
      for (String link : page.links()) {
        if (!link.matches("[a-z]+:.*") && !resolves(page, link)) {
          broken.add(page.name() + ": " + link);
        }
      }
    }

    assertThat(broken).isEmpty();
  }

  private static boolean resolves(MarkdownPage page, String link) throws IOException {
    String[] parts = link.split("#", 2);
    Path folder = RunningAgent.ROOT.resolve(page.name()).getParent();
    Path target =
        parts[0].isEmpty()
            ? RunningAgent.ROOT.resolve(page.name())
            : folder.resolve(parts[0]).normalize();
    if (!target.startsWith(RunningAgent.ROOT) || !Files.exists(target)) {
      return false;
    }
    return parts.length == 1
        || MarkdownPage.read(RunningAgent.ROOT.relativize(target).toString())
            .anchors()
            .contains(parts[1]);
  }
}
