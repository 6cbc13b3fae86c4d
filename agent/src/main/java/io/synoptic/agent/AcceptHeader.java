package io.synoptic.agent;

import java.util.List;
import org.eclipse.jetty.http.QuotedQualityCSV;

/** {@code Accept} and {@code Accept-Encoding}: what a client takes, by its preference. */
final class AcceptHeader {
  private AcceptHeader() {}

  /** The values, best first; none if the fields can't be understood, as if they weren't there. */
  static List<String> values(List<String> fields) {
    try {
      QuotedQualityCSV accepted = new QuotedQualityCSV();
      fields.forEach(accepted::addValue);
      return accepted.getValues();
    } catch (RuntimeException e) {
      return List.of(); // a quote that isn't closed, for example
    }
  }
}
