package io.synoptic.agent;

import io.synoptic.BuildInfo;

/** The page for people at {@code /}. */
final class LandingPage {
  private LandingPage() {}

  static String html(String telemetryPath) {
    return """
        <!DOCTYPE html>
        <html lang="en">
        <head><meta charset="utf-8"><title>Synoptic</title></head>
        <body>
        <h1>Synoptic</h1>
        <p>Every TCP connection of this host, in every state. Version %s.</p>
        <ul>
        <li><a href="%s">Metrics</a></li>
        <li><a href="/-/healthy">Healthy</a></li>
        <li><a href="/-/ready">Ready</a></li>
        </ul>
        </body>
        </html>
        """
        .formatted(BuildInfo.version(), telemetryPath);
  }
}
