package io.synoptic.agent.command;

import io.synoptic.agent.now.Now;
import io.synoptic.agent.text.Figures;
import io.synoptic.agent.text.Names;
import io.synoptic.agent.text.Times;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;

/** Findings in full, for people. */
final class DoctorText {
  private static final int INDENT = 12;
  private static final int NOTE_INDENT = 4;
  private static final int WIDEST = 110;

  private final List<Line> lines = new ArrayList<>();
  private final Now now;
  private final Instant clock;
  private final ZoneId zone = ZoneId.systemDefault();
  private final int width;

  private DoctorText(Now now, Instant clock, int width) {
    this.now = now;
    this.clock = clock;
    this.width = Math.min(width, WIDEST);
  }

  /**
   * The lines below the headline.
   *
   * @param notes what the source can't know
   */
  static List<Line> lines(Now now, List<String> notes, Instant clock, int width) {
    DoctorText text = new DoctorText(now, clock, width);
    text.add(notes);
    return text.lines;
  }

  private void add(List<String> notes) {
    String failure = now.scan().failure();
    if (failure != null) {
      paragraph("  Failed", "the last scan: " + failure);
    }
    now.findings().forEach(this::finding);
    if (now.findings().isEmpty() && now.status().equals("fine")) {
      lines.add(Line.of(""));
      lines.add(new Line().add(Style.FINE, "Nothing is wrong").add(" with " + figures() + "."));
    }
    if (!now.unknown().isEmpty() || !notes.isEmpty()) {
      lines.add(Line.of(""));
      lines.add(new Line().add(Style.BOLD, "Not known"));
      now.unknown().forEach(one -> note(one.what() + ": " + one.why()));
      notes.forEach(this::note);
    }
  }

  private String figures() {
    long connections = 0;
    long listeners = 0;
    for (Now.Namespace namespace : now.namespaces()) {
      connections += StateSums.connections(namespace);
      listeners += namespace.listeners() == null ? 0 : namespace.listeners().size();
    }
    String both =
        Figures.number(listeners, "listener") + " and " + Figures.number(connections, "socket");
    return hasSeveral(now)
        ? both + " in " + Figures.number(now.namespaces().size(), "network namespace")
        : both;
  }

  private void finding(Now.Finding finding) {
    lines.add(Line.of(""));
    Line title =
        new Line()
            .add(
                Style.of(finding.severity()),
                Objects.toString(finding.severity(), "").toUpperCase(Locale.ROOT))
            .to(INDENT - 2)
            .add("  ")
            .add(Style.BOLD, subject(now, finding));
    if (finding.since() != null) {
      title.add("  since " + Times.since(finding.since(), clock, zone));
    }
    lines.add(title);
    paragraph("", finding.summary());
    paragraph(
        "  Evidence",
        finding.evidence().stream()
            .map(figure -> figure.name() + " " + Figures.figure(figure))
            .collect(Collectors.joining(" · ")));
    paragraph("  Means", finding.meaning());
    String label = "  Do";
    for (Now.Action action : finding.actions()) {
      paragraph(label, action.text());
      if (!action.command().isEmpty()) {
        lines.add(new Line().to(INDENT).add("$ " + action.command()));
      }
      label = "";
    }
    if (!finding.avoid().isEmpty()) {
      paragraph("  Don't", finding.avoid());
    }
    paragraph("  More", "docs/troubleshooting.md#" + finding.symptom());
  }

  /** What a finding is about, and who holds it. */
  static String subject(Now now, Now.Finding finding) {
    String whose = Names.whose(finding.subject(), hasSeveral(now));
    return Names.subject(finding.subject()) + (whose.isEmpty() ? "" : "  " + whose);
  }

  private static boolean hasSeveral(Now now) {
    return now.namespaces().size() > 1;
  }

  private void note(String words) {
    lines.addAll(Paragraph.lines("  -", NOTE_INDENT, words, width));
  }

  private void paragraph(String label, String words) {
    lines.addAll(Paragraph.lines(label, INDENT, words, width));
  }
}
