package io.synoptic.agent;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sockets by {@code "family state"}, as the agent and as ss report them; 0 is left out. */
final class SocketCounts {
  private static final Pattern SERIES =
      Pattern.compile(
          "synoptic_tcp_sockets\\{family=\"(?<family>\\w+)\",namespace=\"[^\"]*\","
              + "netns=\"(?<netns>[^\"]*)\",pod=\"[^\"]*\","
              + "state=\"(?<state>\\w+)\"} (?<value>\\S+)");

  private static final Map<String, String> STATES =
      Map.ofEntries(
          Map.entry("ESTAB", "established"),
          Map.entry("SYN-SENT", "syn_sent"),
          Map.entry("SYN-RECV", "syn_recv"),
          Map.entry("FIN-WAIT-1", "fin_wait1"),
          Map.entry("FIN-WAIT-2", "fin_wait2"),
          Map.entry("TIME-WAIT", "time_wait"),
          Map.entry("CLOSE-WAIT", "close_wait"),
          Map.entry("LAST-ACK", "last_ack"),
          Map.entry("LISTEN", "listen"),
          Map.entry("CLOSING", "closing"));

  private SocketCounts() {}

  /** Those of the agent's own namespace. */
  static Map<String, Long> fromMetrics(String text) {
    return fromMetrics(text, "");
  }

  /** Those of the namespace that is named so. */
  static Map<String, Long> fromMetrics(String text, String netns) {
    Map<String, Long> counts = new HashMap<>();
    Matcher series = SERIES.matcher(text);
    while (series.find()) {
      long value = (long) Double.parseDouble(series.group("value"));
      if (value > 0 && series.group("netns").equals(netns)) {
        counts.put(series.group("family") + " " + series.group("state"), value);
      }
    }
    return counts;
  }

  /** What has come since; 0 is left out. */
  static Map<String, Long> difference(Map<String, Long> after, Map<String, Long> before) {
    Map<String, Long> difference = new HashMap<>(after);
    before.forEach((what, count) -> difference.merge(what, -count, Long::sum));
    difference.values().removeIf(count -> count == 0);
    return difference;
  }

  static Map<String, Long> fromSs(NetworkNamespace namespace) throws Exception {
    Map<String, Long> counts = new HashMap<>();
    namespace
        .exec("ss", "--tcp", "--all", "--numeric", "--no-header")
        .lines()
        .map(line -> line.split(" +", -1))
        .forEach(
            columns -> {
              boolean ipv6 = columns[3].startsWith("[") && !columns[3].startsWith("[::ffff:");
              // A wildcard listener of both families is shown as *:port.
              ipv6 |= columns[3].startsWith("*:");
              counts.merge((ipv6 ? "ipv6 " : "ipv4 ") + STATES.get(columns[0]), 1L, Long::sum);
            });
    return counts;
  }
}
