package io.synoptic.agent.command;

import io.synoptic.agent.now.Now;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The first line of each command: which host, in what state, and where the figures come from. */
final class Headline {
  private Headline() {}

  static Line of(Now now, String origin, Instant clock) {
    Line line = new Line().add(Style.BOLD, now.agent().host()).add("  ");
    line.add(Style.of(now.status()), status(now));
    line.add(Style.DIM, "  " + origin + ", " + scan(now, clock));
    return line;
  }

  private static String status(Now now) {
    long critical = count(now, "critical");
    long warnings = count(now, "warning");
    if (critical + warnings == 0) {
      return now.status();
    }
    List<String> parts = new ArrayList<>();
    if (critical > 0) {
      parts.add(critical + " critical");
    }
    if (warnings > 0) {
      parts.add(Words.number(warnings, "warning"));
    }
    return String.join(", ", parts);
  }

  private static long count(Now now, String severity) {
    return now.findings().stream().filter(one -> severity.equals(one.severity())).count();
  }

  private static String scan(Now now, Instant clock) {
    Instant takenAt = now.scan().takenAt();
    if (takenAt == null) {
      return "no scan has succeeded";
    }
    double age = Math.max(0, Duration.between(takenAt, clock).toMillis() / 1e3);
    return now.scan().source() + " " + Words.duration(age) + " ago";
  }
}
