package io.synoptic.agent.page;

import static io.synoptic.agent.page.PageText.escape;
import static io.synoptic.agent.page.PageText.mark;
import static io.synoptic.agent.page.PageText.since;
import static io.synoptic.agent.page.PageText.words;
import static io.synoptic.agent.text.Figures.figure;
import static io.synoptic.agent.text.Names.subject;
import static io.synoptic.agent.text.Names.whose;

import io.synoptic.agent.now.Now;
import java.time.Instant;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What is wrong, as {@code findings.js} shows it. */
final class FindingCards {
  private FindingCards() {}

  /** The first is open. */
  static String html(Now now, boolean many) {
    StringBuilder html = new StringBuilder();
    for (Now.Finding finding : now.findings()) {
      html.append(card(finding, now.scan().takenAt(), many, html.isEmpty()));
    }
    return html.toString();
  }

  private static String card(
      Now.Finding finding, @Nullable Instant read, boolean many, boolean open) {
    @Nullable Instant began = finding.since();
    return """
        <details class="finding" data-severity="%1$s"%2$s>
        <summary><span class="mark" aria-hidden="true">%3$s</span>
        <h3><span class="severity">%1$s</span> <span class="subject">%4$s</span> <span class="what">%5$s</span></h3>
        <span class="about"><span class="whose">%6$s</span><span class="since">%7$s</span></span></summary>
        <div class="body">
        <dl class="evidence">%8$s</dl>
        <h4>What it means</h4>
        <p>%9$s</p>
        <h4>What to do</h4>
        <ol class="actions">%10$s</ol>
        %11$s<p class="more">%12$s</p>
        </div>
        </details>
        """
        .formatted(
            escape(finding.severity()),
            open ? " open" : "",
            mark(finding.severity()),
            escape(subject(finding.subject())),
            escape(finding.summary()),
            escape(whose(finding.subject(), many)),
            began == null ? "since when is not known" : "since " + since(began, read),
            finding.evidence().stream()
                .map(
                    each ->
                        "<div><dt>%s</dt><dd title=\"%s\">%s</dd></div>"
                            .formatted(
                                escape(each.name()), escape(each.metric()), escape(figure(each))))
                .collect(Collectors.joining()),
            escape(finding.meaning()),
            finding.actions().stream().map(FindingCards::action).collect(Collectors.joining()),
            finding.avoid().isEmpty()
                ? ""
                : "<div class=\"avoid\"><h4>What not to do</h4><p>"
                    + escape(finding.avoid())
                    + "</p></div>\n",
            escape(words(finding.kind()) + " · docs/troubleshooting.md#" + finding.symptom()));
  }

  private static String action(Now.Action action) {
    return "<li>"
        + escape(action.text())
        + (action.command().isEmpty()
            ? ""
            : "<div class=\"command\"><code>" + escape(action.command()) + "</code></div>")
        + "</li>";
  }
}
