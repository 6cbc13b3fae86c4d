package io.synoptic.catalogue;

import static io.synoptic.catalogue.MetricFamily.Kind.GAUGE;

import io.synoptic.TimerCounts;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/** The metric families of connections by the timer that the kernel reports of them. */
final class TimerFamilies {
  /** One of the timers: what its families end in, and how their help does. */
  private record Timer(String name, String help, ToLongFunction<TimerCounts> count) {}

  private static final List<Timer> TIMERS =
      List.of(
          new Timer(
              "retransmitting.connections",
              " with a segment that was repeated and still is not acknowledged, SYN and SYN-ACK"
                  + " left out (idiag_timer 1, idiag_retrans).",
              TimerCounts::retransmitting),
          new Timer(
              "zero.window.connections",
              " that wait for a peer which takes no more bytes: its window is 0 (idiag_timer 4).",
              TimerCounts::zeroWindow),
          new Timer(
              "repeated.syn.connections",
              " in syn_sent or syn_recv that have repeated the SYN or the SYN-ACK.",
              TimerCounts::repeatedSyn),
          new Timer(
              "keepalive.connections",
              " that are idle and have keepalive on (idiag_timer 2).",
              TimerCounts::keepalive));

  static final List<MetricFamily> ALL =
      Stream.concat(
              TIMERS.stream().map(TimerFamilies::ofListeners),
              TIMERS.stream().map(TimerFamilies::outbound))
          .toList();

  private TimerFamilies() {}

  private static MetricFamily ofListeners(Timer timer) {
    return ListenerFamilies.family(
        timer.name,
        GAUGE,
        "",
        "Connections of the group" + timer.help,
        group ->
            group.timers().isPresent()
                ? timer.count.applyAsLong(group.timers().get())
                : Double.NaN);
  }

  private static MetricFamily outbound(Timer timer) {
    return SocketFamilies.data(
        "synoptic.tcp.outbound." + timer.name,
        "",
        "Outbound connections" + timer.help,
        List.of(),
        (netns, counts, sink) ->
            counts
                .outboundTimers()
                .ifPresent(timers -> sink.row(netns, timer.count.applyAsLong(timers))));
  }
}
