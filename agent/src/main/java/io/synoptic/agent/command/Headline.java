package io.synoptic.agent.command;

import io.synoptic.agent.now.Now;
import io.synoptic.agent.text.Names;
import io.synoptic.agent.text.Times;
import java.time.Instant;

/** The first line of each command: which host, in what state, and where the figures come from. */
final class Headline {
  private Headline() {}

  static Line of(Now now, String origin, Instant clock) {
    Line line = new Line().add(Style.BOLD, now.agent().host()).add("  ");
    line.add(Style.of(now.status()), Names.status(now));
    line.add(Style.DIM, "  " + origin + ", " + scan(now, clock));
    return line;
  }

  private static String scan(Now now, Instant clock) {
    Instant takenAt = now.scan().takenAt();
    return takenAt == null
        ? "no scan has succeeded"
        : now.scan().source() + " " + Times.ago(takenAt, clock) + " ago";
  }
}
