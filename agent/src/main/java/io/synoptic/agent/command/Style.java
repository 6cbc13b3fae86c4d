package io.synoptic.agent.command;

/** How a piece of text looks on a terminal; never what alone says something. */
public enum Style {
  PLAIN(""),
  BOLD("1"),
  DIM("2"),
  /** The chosen row, and a heading. */
  INVERSE("7"),
  CRITICAL("1;31"),
  WARNING("33"),
  FINE("32");

  private final String parameters;

  Style(String parameters) {
    this.parameters = parameters;
  }

  /** The text between escape sequences of ECMA-48. */
  String around(String text) {
    return parameters.isEmpty() ? text : "\033[" + parameters + "m" + text + "\033[0m";
  }

  /** Of a severity, a status, or any other word. */
  static Style of(String word) {
    return switch (word) {
      case "critical" -> CRITICAL;
      case "warning", "unknown" -> WARNING;
      case "fine" -> FINE;
      default -> PLAIN;
    };
  }
}
