package io.synoptic.agent;

import io.synoptic.BuildInfo;
import java.util.List;
import java.util.stream.Collectors;

/** The page for people at {@code /}. */
final class LandingPage {
  private LandingPage() {}

  /** Names every page that is on. */
  static String html(List<Page> pages) {
    String links =
        pages.stream()
            .filter(Page::on)
            .map(page -> "<li><a href=\"%s\">%s</a></li>\n".formatted(page.path(), page.title()))
            .collect(Collectors.joining());
    return """
        <!DOCTYPE html>
        <html lang="en">
        <head><meta charset="utf-8"><title>Synoptic</title></head>
        <body>
        <h1>Synoptic</h1>
        <p>Every TCP connection of this host, in every state. Version %s.</p>
        <ul>
        %s\
        </ul>
        </body>
        </html>
        """
        .formatted(BuildInfo.version(), links);
  }

  /** What to say of a path that is not served. */
  static String notFound(String path, List<Page> pages) {
    return pages.stream()
        .filter(page -> !page.on() && page.path().equals(path))
        .map(page -> "not found; " + page.option() + " switches " + path + " on")
        .findFirst()
        .orElse("not found; / names the pages, and metrics are at " + pages.get(0).path());
  }
}
