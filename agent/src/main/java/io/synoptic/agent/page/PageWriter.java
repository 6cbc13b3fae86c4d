package io.synoptic.agent.page;

import static io.synoptic.agent.page.PageText.escape;
import static io.synoptic.agent.page.PageText.mark;
import static io.synoptic.agent.page.PageText.words;
import static io.synoptic.agent.text.Figures.count;
import static io.synoptic.agent.text.Names.subject;

import io.synoptic.TcpState;
import io.synoptic.agent.now.Now;
import io.synoptic.agent.text.Names;
import io.synoptic.agent.text.Times;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Fills the page with what is known at one moment. All that comes from outside is escaped. */
final class PageWriter {
  private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([\\w-]+)}");

  private final Map<String, String> values = new HashMap<>();
  private final Now now;

  /** Takes in one document, and the links to other pages as HTML. */
  PageWriter(Now now, String links) {
    this.now = now;
    values.put("links", links);
    values.put("preload", preload());
    head();
    findings();
    namespaces();
    listeners();
    states();
  }

  /** Nothing that is filled in is looked into again. */
  String fill(String template) {
    return PLACEHOLDER
        .matcher(template)
        .replaceAll(
            match ->
                Matcher.quoteReplacement(
                    values.computeIfAbsent(
                        match.group(1),
                        name -> {
                          throw new IllegalStateException("nothing is known of " + name);
                        })));
  }

  private void text(String name, String text) {
    values.put(name, escape(text));
  }

  private void hidden(String name, boolean isHidden) {
    values.put(name, isHidden ? " hidden" : "");
  }

  private static String preload() {
    return Resources.MODULES.stream()
        .map(name -> "<link rel=\"modulepreload\" href=\"" + PeoplePage.FOLDER + name + ".js\">")
        .collect(Collectors.joining("\n"));
  }

  private void head() {
    Now.LastScan scan = now.scan();
    String headline =
        now.findings().stream()
            .findFirst()
            .map(worst -> subject(worst.subject()) + ' ' + words(worst.kind()))
            .orElseGet(() -> Names.status(now.status()));
    text("title", mark(now.status()) + ' ' + headline + " · " + now.agent().host());
    text("status", now.status());
    text("host", now.agent().host());
    text("version", now.agent().version());
    text("summary", mark(now.status()) + ' ' + Names.status(now));
    @Nullable Instant takenAt = scan.takenAt();
    text("taken", takenAt == null ? "not read yet" : "read " + Times.utc(takenAt));
    @Nullable String source = scan.source();
    text(
        "source",
        source == null ? "" : source + (scan.fallback() ? " (" + scan.sourceReason() + ')' : ""));
    @Nullable String failure = scan.failure();
    hidden("stale", failure == null);
    text("failure", failure == null ? "" : "The agent can not read the sockets: " + failure + '.');
  }

  private void findings() {
    boolean many = now.namespaces().size() > 1;
    hidden("none", !now.findings().isEmpty());
    text(
        "fine",
        now.status().equals("unknown")
            ? "? There are no figures to judge."
            : "✓ Nothing is wrong that can be seen from here.");
    values.put("findings", FindingCards.html(now, many));
    hidden("known", now.unknown().isEmpty());
    text(
        "unknown-count",
        "Not known here: "
            + now.unknown().stream().map(Now.Unknown::what).collect(Collectors.joining(", ")));
    values.put(
        "unknown",
        now.unknown().stream()
            .map(
                each ->
                    "<div><dt>%s</dt><dd>%s</dd></div>"
                        .formatted(escape(each.what()), escape(each.why())))
            .collect(Collectors.joining("\n")));
  }

  private void namespaces() {
    hidden("alone", now.namespaces().size() < 2);
    text("namespaces-count", count(now.namespaces().size()));
    values.put("namespaces", NamespaceRows.html(now));
  }

  private void listeners() {
    ListenerRows rows = ListenerRows.of(now);
    text("listeners-count", count(rows.total()));
    values.put("listeners", rows.html());
    hidden("listening", rows.total() > 0);
    hidden("listed", rows.left() == 0);
    text("rest", count(rows.left()) + " more, less full, are in /api/v1/now and /metrics.");
  }

  private void states() {
    for (TcpState state : TcpState.ALL) {
      @Nullable Long total = 0L;
      @Nullable Long inbound = 0L;
      @Nullable Long outbound = 0L;
      for (Now.Namespace namespace : now.namespaces()) {
        Now.@Nullable State counts =
            namespace.states() == null ? null : namespace.states().get(state.label());
        total = sum(total, counts == null ? null : Long.valueOf(counts.ipv4() + counts.ipv6()));
        inbound = sum(inbound, counts == null ? null : counts.inbound());
        outbound = sum(outbound, counts == null ? null : counts.outbound());
      }
      values.put(state.label(), number(total) + number(inbound) + number(outbound));
    }
  }

  private static @Nullable Long sum(@Nullable Long sum, @Nullable Long more) {
    return sum == null || more == null ? null : sum + more;
  }

  private static String number(@Nullable Long value) {
    return "<td class=\"number\">" + count(value) + "</td>";
  }
}
