package io.synoptic.agent.command;

/**
 * A column of a table.
 *
 * @param right whether its cells end at its right edge, as numbers do
 */
record Column(String title, boolean right) {
  static Column left(String title) {
    return new Column(title, false);
  }

  static Column right(String title) {
    return new Column(title, true);
  }
}
