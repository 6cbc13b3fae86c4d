package io.synoptic.agent.page;

import static io.synoptic.agent.page.PageText.escape;
import static io.synoptic.agent.page.PageText.mark;
import static io.synoptic.agent.text.Figures.brief;
import static io.synoptic.agent.text.Names.place;

import io.synoptic.TcpState;
import io.synoptic.agent.now.Now;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Network namespaces, the worst first, as {@code namespaces.js} shows them. */
final class NamespaceRows {
  private static final int SHOWN = 100;
  private static final List<String> SEVERITIES = List.of("critical", "warning", "fine");

  private NamespaceRows() {}

  static String html(Now now) {
    return now.namespaces().stream()
        .sorted(
            Comparator.comparingInt((Now.Namespace it) -> SEVERITIES.indexOf(severity(it)))
                .thenComparing(it -> -full(it)))
        .limit(SHOWN)
        .map(NamespaceRows::row)
        .collect(Collectors.joining());
  }

  private static String severity(Now.Namespace it) {
    @Nullable String worst = it.worst();
    return worst == null ? "fine" : worst;
  }

  private static List<Now.Listener> listeners(Now.Namespace it) {
    @Nullable List<Now.Listener> listeners = it.listeners();
    return listeners == null ? List.of() : listeners;
  }

  private static long full(Now.Namespace it) {
    return listeners(it).stream().filter(each -> each.fullSince() != null).count();
  }

  private static @Nullable Long connections(Now.Namespace it) {
    @Nullable Map<String, Now.State> states = it.states();
    return states == null
        ? null
        : states.entrySet().stream()
            .filter(state -> !state.getKey().equals(TcpState.LISTEN.label()))
            .mapToLong(state -> state.getValue().ipv4() + state.getValue().ipv6())
            .sum();
  }

  private static String row(Now.Namespace it) {
    long full = full(it);
    return """
        <tr data-severity="%1$s"><th scope="row"><span class="mark" title="%1$s">%2$s</span> %3$s</th>\
        <td>%4$s</td><td>%5$s</td><td>%6$s</td></tr>
        """
        .formatted(
            severity(it),
            mark(severity(it)),
            escape(place(it.netns(), it.namespace(), it.pod())),
            brief(connections(it)),
            brief(listeners(it).size()),
            full > 0 ? full + " full" : "");
  }
}
