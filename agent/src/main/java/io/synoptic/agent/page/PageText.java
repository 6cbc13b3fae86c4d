package io.synoptic.agent.page;

import io.synoptic.agent.text.Times;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Text as HTML; {@code format.js} has the same marks and words. */
final class PageText {
  private PageText() {}

  /** As text of HTML, and as the value of an attribute. */
  static String escape(String text) {
    StringBuilder escaped = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> escaped.append("&amp;");
        case '<' -> escaped.append("&lt;");
        case '>' -> escaped.append("&gt;");
        case '"' -> escaped.append("&quot;");
        case '\'' -> escaped.append("&#39;");
        default -> escaped.append(c);
      }
    }
    return escaped.toString();
  }

  static String mark(String severity) {
    return switch (severity) {
      case "critical" -> "✖";
      case "warning" -> "▲";
      case "fine" -> "✓";
      default -> "?";
    };
  }

  static String words(String label) {
    return label.replace('_', ' ');
  }

  /** When it began, and how long before the figures were read that was. */
  static String since(Instant began, @Nullable Instant read) {
    return Times.utc(began) + (read == null ? "" : ", " + Times.ago(began, read));
  }
}
