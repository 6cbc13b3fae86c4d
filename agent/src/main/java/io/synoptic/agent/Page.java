package io.synoptic.agent;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A page that may be served.
 *
 * @param title for people
 * @param option what switches it on; empty for one that is always on
 * @param on whether it is served
 */
record Page(String path, String title, String option, boolean on) {
  /** One that is always on. */
  Page(String path, String title) {
    this(path, title, "", true);
  }

  /** Links to those that are on, as HTML. */
  static String links(List<Page> pages) {
    return pages.stream()
        .filter(Page::on)
        .map(page -> "<li><a href=\"%s\">%s</a></li>\n".formatted(page.path(), page.title()))
        .collect(Collectors.joining());
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
