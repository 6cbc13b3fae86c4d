package io.synoptic.agent.command;

import io.synoptic.agent.now.Now;
import io.synoptic.agent.text.Figures;
import io.synoptic.agent.text.Names;
import io.synoptic.agent.text.Times;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All that is known of one row of {@link Top}. */
final class TopDetails {
  private static final int INDENT = 26;

  private final List<Line> lines = new ArrayList<>();
  private final int width;

  private TopDetails(int width) {
    this.width = width;
    lines.add(Line.of(""));
  }

  static List<Line> of(Now now, ListenerRow row, Instant clock, int width) {
    TopDetails details = new TopDetails(width);
    details.listener(row, clock);
    now.findings().stream()
        .filter(finding -> isAbout(finding.subject(), row))
        .forEach(
            finding -> {
              details.lines.add(Line.of(""));
              details.lines.add(new Line().add(Style.of(finding.severity()), finding.severity()));
              details.add("", finding.summary());
              details.add("", finding.meaning());
              finding.actions().forEach(action -> details.add("do", action.text()));
            });
    return details.lines;
  }

  static List<Line> of(OwnerRow row, int width) {
    TopDetails details = new TopDetails(width);
    Now.Owner owner = row.owner();
    details.lines.add(new Line().add(Style.BOLD, "  " + row.name()));
    details.add("unit", owner.unit());
    details.add("container", owner.container());
    details.add("pod", Names.owner(owner.namespace(), owner.pod(), "", "", ""));
    details.add("direction", owner.direction());
    details.states(owner.connections());
    details.add("unread", Figures.bytes(owner.receiveQueueBytes()));
    details.add("unacknowledged", Figures.bytes(owner.sendQueueBytes()));
    details.add("oldest in close_wait", Figures.duration(owner.closeWaitOldestSeconds()));
    return details.lines;
  }

  private void listener(ListenerRow row, Instant clock) {
    Now.Listener of = row.listener();
    lines.add(new Line().add(Style.BOLD, "  " + row.name()));
    add("network namespace", row.namespaceName());
    add("process", row.process());
    add("owner", row.owner());
    add("sockets", Figures.count(of.sockets()));
    add(
        "accept queue",
        Figures.count(of.acceptQueueLength()) + " of " + Figures.count(of.acceptQueueLimit()));
    add("full now", Figures.percent(of.acceptQueueUtilization()));
    add("peak of the last minute", Figures.percent(of.acceptQueuePeakUtilization()));
    add("full since", since(of.fullSince(), clock));
    add("full last", since(of.lastFull(), clock));
    add("drops", Figures.count(of.dropsTotal()) + " since the first scan");
    add("SYN queue", Figures.count(of.synQueueLength()));
    if (of.connections() != null) {
      states(of.connections());
    }
    add("retransmitting", Figures.count(of.retransmitting()));
    add("zero window", Figures.count(of.zeroWindow()));
    add("repeated SYN+ACK", Figures.count(of.repeatedSyn()));
    add("oldest in close_wait", Figures.duration(of.closeWaitOldestSeconds()));
  }

  private static String since(@Nullable Instant when, Instant clock) {
    return when == null ? Figures.UNKNOWN : Times.since(when, clock, ZoneId.systemDefault());
  }

  private static boolean isAbout(Now.Subject subject, ListenerRow row) {
    return "listener".equals(subject.kind())
        && row.listener().address().equals(subject.address())
        && row.listener().port().equals(subject.port())
        && row.namespace().netns().equals(subject.netns());
  }

  private void states(Map<String, Long> connections) {
    connections.forEach((state, count) -> add(state, Figures.count(count)));
  }

  private void add(String name, @Nullable String value) {
    if (value != null && !value.isEmpty()) {
      lines.addAll(Paragraph.lines("  " + name, INDENT, value, width));
    }
  }
}
