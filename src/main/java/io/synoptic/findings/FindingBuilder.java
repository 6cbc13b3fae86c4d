package io.synoptic.findings;

import io.synoptic.findings.Figure.Unit;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** A {@link Finding}, put together. */
final class FindingBuilder {
  private final FindingKind kind;
  private final Severity severity;
  private final Subject subject;
  private Optional<Instant> since = Optional.empty();
  private final List<Figure> evidence = new ArrayList<>();
  private String meaning = "";
  private final List<Action> actions = new ArrayList<>();
  private String avoid = "";

  FindingBuilder(FindingKind kind, Severity severity, Subject subject) {
    this.kind = kind;
    this.severity = severity;
    this.subject = subject;
  }

  FindingBuilder since(Optional<Instant> moment) {
    since = moment;
    return this;
  }

  FindingBuilder figure(String name, double value, Unit unit, String metric) {
    evidence.add(new Figure(name, value, unit, metric));
    return this;
  }

  FindingBuilder count(String name, double value, String metric) {
    return figure(name, value, Unit.COUNT, metric);
  }

  /** Adds a count; nothing if it is unknown. */
  FindingBuilder count(String name, OptionalLong value, String metric) {
    value.ifPresent(known -> count(name, known, metric));
    return this;
  }

  /** Adds a count; nothing if it is unknown. */
  FindingBuilder count(String name, OptionalDouble value, String metric) {
    value.ifPresent(known -> count(name, known, metric));
    return this;
  }

  FindingBuilder meaning(String text) {
    meaning = text;
    return this;
  }

  FindingBuilder action(String text, String command) {
    actions.add(new Action(text, command));
    return this;
  }

  FindingBuilder action(String text) {
    return action(text, "");
  }

  FindingBuilder avoid(String text) {
    avoid = text;
    return this;
  }

  Finding build(String summary) {
    return new Finding(kind, severity, subject, since, summary, evidence, meaning, actions, avoid);
  }
}
