package io.synoptic.agent.command;

import java.util.ArrayList;
import java.util.List;

/** Words in lines of a width, with a label in front of the first line. */
final class Paragraph {
  private Paragraph() {}

  /**
   * The lines.
   *
   * @param label what the first line begins with
   * @param indent where the words begin in each line
   */
  static List<Line> lines(String label, int indent, String words, int width) {
    List<Line> lines = new ArrayList<>();
    Line line = new Line().add(Style.DIM, label).to(indent);
    int begin = indent;
    for (String word : List.of(Printable.of(words).split(" +", -1))) {
      boolean first = line.width() == begin;
      if (!first && line.width() + 1 + word.length() > width) {
        lines.add(line);
        line = new Line().to(indent);
        first = true;
      }
      line.add(first ? word : " " + word);
    }
    lines.add(line);
    return lines;
  }
}
