package io.synoptic.agent;

import io.synoptic.BuildInfo;
import java.util.Set;
import java.util.stream.Collectors;

/** The page for people at {@code /}. */
final class LandingPage {
  private LandingPage() {}

  /**
   * The page.
   *
   * @param paths of all metrics; each but {@code telemetryPath} is named
   */
  static String html(String telemetryPath, Set<String> paths) {
    String others =
        paths.stream()
            .filter(path -> !path.equals(telemetryPath))
            .map(path -> "<li><a href=\"%s\">Metrics at %s</a></li>\n".formatted(path, path))
            .sorted()
            .collect(Collectors.joining());
    return """
        <!DOCTYPE html>
        <html lang="en">
        <head><meta charset="utf-8"><title>Synoptic</title></head>
        <body>
        <h1>Synoptic</h1>
        <p>Every TCP connection of this host, in every state. Version %s.</p>
        <ul>
        <li><a href="%s">Metrics</a></li>
        %s\
        <li><a href="/-/healthy">Healthy</a></li>
        <li><a href="/-/ready">Ready</a></li>
        </ul>
        </body>
        </html>
        """
        .formatted(BuildInfo.version(), telemetryPath, others);
  }
}
