package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Connections that repeat, probe or keep alive, and orphans, as the agent and as ss report them.
 */
@Tag("waits")
class TimersIT {
  private static final int BUCKETS = 1024;

  private static final List<String> KINDS =
      List.of("retransmitting", "zero_window", "repeated_syn", "keepalive");

  private static final Pattern LINE =
      Pattern.compile("(?<state>\\S+) +\\d+ +\\d+ +\\S+:(?<port>\\d+) .*");
  private static final Pattern TIMER =
      Pattern.compile("timer:\\((?<name>\\w+),[^,]*,(?<repeats>\\d+)\\)");
  private static final Pattern INODE = Pattern.compile(" ino:[1-9]");
  private static final Set<String> HANDSHAKES = Set.of("SYN-SENT", "SYN-RECV");
  private static final Set<String> CLOSING =
      Set.of("FIN-WAIT-1", "FIN-WAIT-2", "LAST-ACK", "CLOSING");

  /** By {@code "outbound retransmitting"} and the like; 0 is left out. */
  private static Map<String, Double> fromMetrics(HttpExchange.Answer answer) {
    Map<String, Double> seen = new TreeMap<>();
    ListenerSeries listeners = new ListenerSeries(answer.text());
    String own = "{namespace=\"\",netns=\"\",pod=\"\"}";
    for (String kind : KINDS) {
      String name = kind + "_connections";
      seen.put("outbound " + kind, answer.sample("synoptic_tcp_outbound_" + name + own));
      for (Map<String, Double> group : listeners.groups().values()) {
        // Handshakes of a listener that was closed since are counted in a group that has no more.
        seen.merge("inbound " + kind, group.getOrDefault(name, 0.0), Double::sum);
      }
    }
    seen.put("orphans", answer.sample("synoptic_tcp_orphans" + own));
    seen.values().removeIf(count -> count == 0);
    return seen;
  }

  private static String kind(String state, Matcher timer) {
    boolean repeated = Integer.parseInt(timer.group("repeats")) > 0;
    return switch (timer.group("name")) {
      case "on" -> !repeated ? "" : HANDSHAKES.contains(state) ? "repeated_syn" : "retransmitting";
      case "persist" -> "zero_window";
      case "keepalive" -> "keepalive";
      default -> "";
    };
  }

  /** The same. Listeners come first. */
  private static Map<String, Double> fromSs(NetworkNamespace namespace) throws Exception {
    Map<String, Double> seen = new TreeMap<>();
    Set<String> listening = new HashSet<>();
    for (String line :
        namespace
            .exec("ss", "--no-header", "--tcp", "--all", "--numeric", "--options", "--extended")
            .lines()
            .toList()) {
      Matcher columns = LINE.matcher(line);
      Matcher timer = TIMER.matcher(line);
      assertThat(columns.matches()).as(line).isTrue();
      String state = columns.group("state");
      if (state.equals("LISTEN")) {
        listening.add(columns.group("port"));
        continue;
      }
      boolean inbound = listening.contains(columns.group("port")) && !state.equals("SYN-SENT");
      String kind = timer.find() ? kind(state, timer) : "";
      boolean orphan =
          CLOSING.contains(state) && !INODE.matcher(line).find() && !line.contains("timewait");
      if (!kind.isEmpty() && !(orphan && kind.equals("keepalive"))) {
        seen.merge((inbound ? "inbound " : "outbound ") + kind, 1.0, Double::sum);
      }
      if (orphan) {
        seen.merge("orphans", 1.0, Double::sum);
      }
    }
    return seen;
  }

  @ParameterizedTest
  @ValueSource(strings = {"sock_diag", "proc", "bpf"})
  void eachSourceCountsWhatSsShows(String source) throws Exception {
    List<String> options = new ArrayList<>(List.of("--scan.min-interval=0s", "--source=" + source));
    if (source.equals("bpf")) {
      Bpf.assumeItLoads();
      options.add("--netns=all");
    }
    try (NetworkNamespace namespace = NetworkNamespace.create(BUCKETS);
        RunningAgent agent = RunningAgent.startIn(namespace, options.toArray(String[]::new));
        HttpExchange http = new HttpExchange(namespace.connect(agent.port()));
        Lab lab =
            Lab.in(
                namespace,
                "ipv4:retransmitting=2",
                "ipv6:zero_window=3",
                "mapped:keepalive=4",
                "ipv4:repeated_syn=5",
                "ipv6:repeated_syn_ack=6",
                "ipv4:orphan=7")) {
      Map<String, Double> seen = Map.of();
      Map<String, Double> before = fromSs(namespace);
      // A timer may expire between them.
      for (int i = 0; i < 20 && !seen.equals(before); i++) {
        TimeUnit.MILLISECONDS.sleep(100L * i);
        before = fromSs(namespace);
        seen = fromMetrics(http.get("/metrics"));
      }

      assertThat(seen)
          .isEqualTo(before)
          .containsEntry("outbound zero_window", 3.0)
          .containsEntry("outbound repeated_syn", 5.0)
          .containsEntry("inbound repeated_syn", 6.0)
          .containsEntry("orphans", 7.0);
      assertThat(seen.get("outbound retransmitting")).isGreaterThanOrEqualTo(2);
      assertThat(seen.get("outbound keepalive")).isGreaterThanOrEqualTo(4);
      assertThat(lab.sockets()).containsKey("ipv4 syn_sent");
    }
  }
}
