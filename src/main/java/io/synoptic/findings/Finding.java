package io.synoptic.findings;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One thing that is wrong.
 *
 * @param since when it began, as far as is remembered; empty if that is not known
 * @param summary what is wrong, in one line, without the subject
 * @param evidence the figures it rests on, at least one
 * @param meaning what that does to clients or programs, and why it happens
 * @param actions what to do now, the most useful first
 * @param avoid what not to do, because it does not help or makes it worse; empty if there is
 *     nothing
 */
public record Finding(
    FindingKind kind,
    Severity severity,
    Subject subject,
    Optional<Instant> since,
    String summary,
    List<Figure> evidence,
    String meaning,
    List<Action> actions,
    String avoid) {

  /** Copies the lists. */
  public Finding {
    evidence = List.copyOf(evidence);
    actions = List.copyOf(actions);
  }
}
