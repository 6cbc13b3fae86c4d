package io.synoptic.agent;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Listeners by {@code "address port"}, as the agent and as ss report them. */
final class ListenerSeries {
  /** What both report of a group. */
  record Queues(double sockets, double length, double limit, double ratio, double drops) {
    private Queues and(Queues more) {
      return new Queues(
          sockets + more.sockets,
          length + more.length,
          limit + more.limit,
          Math.max(ratio, more.ratio),
          drops + more.drops);
    }
  }

  private static final Pattern SERIES =
      Pattern.compile(
          "synoptic_tcp_listener_(?<name>\\w+)\\{address=\"(?<address>[^\"]*)\",namespace=\"[^\"]*\","
              + "netns=\"(?<netns>[^\"]*)\",pod=\"[^\"]*\",port=\"(?<port>\\w+)\"(,state=\"(?<state>\\w+)\")?} (?<value>\\S+)");
  private static final Pattern DROPS = Pattern.compile("skmem:\\(.*,d(?<drops>\\d+)\\)");

  private final Map<String, Map<String, Double>> groups = new HashMap<>();

  /** Those of the agent's own namespace. */
  ListenerSeries(String text) {
    this(text, "");
  }

  /** Those of the namespace that is named so. */
  ListenerSeries(String text, String netns) {
    Matcher series = SERIES.matcher(text);
    while (series.find()) {
      if (!series.group("netns").equals(netns)) {
        continue;
      }
      String state = series.group("state");
      groups
          .computeIfAbsent(
              series.group("address") + " " + series.group("port"), g -> new HashMap<>())
          .put(
              series.group("name") + (state == null ? "" : " " + state),
              Double.parseDouble(series.group("value")));
    }
  }

  /** All series of a group by name, {@code connections STATE} among them. */
  Map<String, Double> group(String group) {
    return groups.getOrDefault(group, Map.of());
  }

  /** One series; fails if there is none. */
  double value(String group, String name) {
    Double value = group(group).get(name);
    if (value == null) {
      throw new AssertionError("no " + name + " of " + group + " in " + groups);
    }
    return value;
  }

  Map<String, Map<String, Double>> groups() {
    return groups;
  }

  /** Of the groups that have a socket. */
  Map<String, Queues> queues() {
    Map<String, Queues> queues = new HashMap<>();
    for (String group : groups.keySet()) {
      if (!group(group).containsKey("sockets")) {
        continue; // handshakes of listeners that were closed since
      }
      queues.put(
          group,
          new Queues(
              value(group, "sockets"),
              value(group, "accept_queue_length"),
              value(group, "accept_queue_limit"),
              value(group, "accept_queue_utilization_ratio"),
              value(group, "drops_total")));
    }
    return queues;
  }

  static Map<String, Queues> queuesFromSs(NetworkNamespace namespace) throws Exception {
    Map<String, Queues> queues = new HashMap<>();
    ss(namespace, "--listening", "--memory")
        .forEach(
            columns -> {
              double length = Double.parseDouble(columns[1]);
              double limit = Double.parseDouble(columns[2]);
              Matcher memory = DROPS.matcher(columns[columns.length - 1]);
              double drops = memory.find() ? Double.parseDouble(memory.group("drops")) : Double.NaN;
              queues.merge(
                  groupOf(columns[3]),
                  new Queues(1, length, limit, length / (limit + 1), drops),
                  Queues::and);
            });
    return queues;
  }

  /** Sockets in a state, as ss spells it, by their address. */
  static Map<String, Double> countsFromSs(NetworkNamespace namespace, String state)
      throws Exception {
    Map<String, Double> counts = new HashMap<>();
    ss(namespace, "state", state)
        .forEach(columns -> counts.merge(groupOf(columns[2]), 1.0, Double::sum));
    return counts;
  }

  private static Stream<String[]> ss(NetworkNamespace namespace, String... filter)
      throws Exception {
    return namespace
        .exec(
            Stream.concat(
                    Stream.of("ss", "--tcp", "--numeric", "--no-header", "--oneline"),
                    Stream.of(filter))
                .toArray(String[]::new))
        .lines()
        .map(line -> line.strip().split("\\s+", -1));
  }

  private static String groupOf(String endpoint) {
    int colon = endpoint.lastIndexOf(':');
    String address =
        endpoint.substring(0, colon).replaceAll("[\\[\\]]", "").replaceFirst("^::ffff:", "");
    return (address.equals("*") ? "::" : address) + " " + endpoint.substring(colon + 1);
  }
}
