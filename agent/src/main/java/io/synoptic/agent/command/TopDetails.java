package io.synoptic.agent.command;

import io.synoptic.agent.now.Now;
import java.time.Instant;
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
    details.add("pod", Words.namespace("", owner.namespace(), owner.pod()));
    details.add("direction", owner.direction());
    details.states(owner.connections());
    details.add("unread", Words.bytes(owner.receiveQueueBytes()));
    details.add("unacknowledged", Words.bytes(owner.sendQueueBytes()));
    details.add("oldest in close_wait", Words.duration(owner.closeWaitOldestSeconds()));
    return details.lines;
  }

  private void listener(ListenerRow row, Instant clock) {
    Now.Listener of = row.listener();
    lines.add(new Line().add(Style.BOLD, "  " + row.name()));
    add("network namespace", row.namespaceName());
    add("process", row.process());
    add("owner", row.owner());
    add("sockets", Words.count(of.sockets()));
    add("accept queue", of.acceptQueueLength() + " of " + Words.count(of.acceptQueueLimit()));
    add("full now", Words.percent(of.acceptQueueUtilization()));
    add("peak of the last minute", Words.percent(of.acceptQueuePeakUtilization()));
    add("full since", of.fullSince() == null ? "-" : Words.since(of.fullSince(), clock));
    add("full last", of.lastFull() == null ? "-" : Words.since(of.lastFull(), clock));
    add("drops", Words.count(of.dropsTotal()) + " since the first scan");
    add("SYN queue", Words.count(of.synQueueLength()));
    if (of.connections() != null) {
      states(of.connections());
    }
    add("retransmitting", Words.count(of.retransmitting()));
    add("zero window", Words.count(of.zeroWindow()));
    add("repeated SYN+ACK", Words.count(of.repeatedSyn()));
    add("oldest in close_wait", Words.duration(of.closeWaitOldestSeconds()));
  }

  private static boolean isAbout(Now.Subject subject, ListenerRow row) {
    return "listener".equals(subject.kind())
        && row.listener().address().equals(subject.address())
        && row.listener().port().equals(subject.port())
        && row.namespace().netns().equals(subject.netns());
  }

  private void states(Map<String, Long> connections) {
    connections.forEach((state, count) -> add(state, Words.count(count)));
  }

  private void add(String name, @Nullable String value) {
    if (value != null && !value.isEmpty()) {
      lines.addAll(Paragraph.lines("  " + name, INDENT, value, width));
    }
  }
}
