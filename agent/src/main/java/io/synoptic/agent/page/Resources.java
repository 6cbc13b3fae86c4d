package io.synoptic.agent.page;

import io.synoptic.agent.web.Compressor;
import io.synoptic.agent.web.EntityTag;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The files that the page consists of, read when they are first asked for. */
final class Resources {
  /** Those that the first one, {@code main.js}, needs. */
  static final List<String> MODULES =
      List.of(
          "detail",
          "diagram",
          "dom",
          "findings",
          "flows",
          "format",
          "keys",
          "listeners",
          "namespaces",
          "poll",
          "states");

  private static final Map<String, String> TYPES =
      Map.of(
          "css", "text/css; charset=utf-8",
          "html", "text/html; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "svg", "image/svg+xml");

  private static final List<String> OTHERS =
      List.of("page.css", "main.js", "critical.svg", "warning.svg", "fine.svg", "unknown.svg");

  private final Map<String, Resource> read = new HashMap<>();
  private final Compressor compressor;

  Resources(long maxBytes) {
    compressor = new Compressor(maxBytes);
  }

  /** That of a name without a folder; empty if there is none, or it is not for browsers. */
  synchronized Optional<Resource> of(String name) {
    boolean known =
        OTHERS.contains(name)
            || (name.endsWith(".js")
                && MODULES.contains(name.substring(0, name.length() - ".js".length())));
    return known
        ? Optional.of(read.computeIfAbsent(name, file -> resource(file, text(file))))
        : Optional.empty();
  }

  /** A text as the file of this name. */
  synchronized Resource resource(String name, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    String type = name.substring(name.lastIndexOf('.') + 1);
    try {
      return new Resource(
          TYPES.getOrDefault(type, "application/octet-stream"),
          compressor.body(out -> out.write(bytes)),
          EntityTag.of(text));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String text(String file) {
    try (InputStream in = Resources.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks " + file);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
