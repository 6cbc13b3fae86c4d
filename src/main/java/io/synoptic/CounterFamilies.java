package io.synoptic;

import static io.synoptic.CounterFamily.counter;
import static io.synoptic.CounterFamily.gauge;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The metric families of {@link NamespaceCounters}: the kernel's counters under names that tell.
 */
final class CounterFamilies {
  private static final List<CounterFamily> ALL =
      List.of(
          counter("active.opens", "TcpActiveOpens", "Connections begun from here"),
          counter("passive.opens", "TcpPassiveOpens", "Connections a listener has taken on"),
          counter(
              "connection.attempts.failed",
              "TcpAttemptFails",
              "Handshakes that ended without a connection, begun from here or by a peer"),
          counter(
              "established.resets",
              "TcpEstabResets",
              "Connections that went from established or close_wait to their end at once"),
          counter("received.segments", "TcpInSegs", "Segments received, bad ones included"),
          counter(
                  "received.bad.segments",
                  "TcpInErrs",
                  "Segments received with a bad checksum or header, or a SYN where none may be")
              .partOf("received.segments"),
          counter("sent.segments", "TcpOutSegs", "Segments sent, retransmitted ones left out"),
          counter("retransmitted.segments", "TcpRetransSegs", "Segments sent again"),
          counter(
                  "retransmitted.syn.segments",
                  "TcpExtTCPSynRetrans",
                  "SYN and SYN+ACK segments sent again")
              .partOf("retransmitted.segments"),
          counter(
              "retransmission.timeouts",
              "TcpExtTCPTimeouts",
              "Retransmission timers that expired before an answer came"),
          counter("resets.sent", "TcpOutRsts", "RST segments sent").partOf("sent.segments"),
          counter(
                  "accept.queue.overflows",
                  "TcpExtListenOverflows",
                  "SYNs and last ACKs of a handshake dropped because the accept queue was full")
              .partOf("connection.requests.dropped"),
          counter(
              "connection.requests.dropped",
              "TcpExtListenDrops",
              "SYNs and last ACKs of a handshake that a listener dropped, for whatever reason"),
          counter(
                  "syn.queue.full.drops",
                  "TcpExtTCPReqQFullDrop",
                  "SYNs dropped because the SYN queue was full and SYN cookies are off")
              .partOf("connection.requests.dropped"),
          counter(
              "syn.queue.full.cookies",
              "TcpExtTCPReqQFullDoCookies",
              "SYNs that found the SYN queue full with SYN cookies on, and every SYN if they are"
                  + " always sent; none counts as dropped"),
          counter("syncookies.sent", "TcpExtSyncookiesSent", "SYNs answered with a cookie")
              .partOf("syn.queue.full.cookies"),
          counter(
              "syncookies.received",
              "TcpExtSyncookiesRecv",
              "Handshakes that came back with a cookie of ours"),
          counter(
              "syncookies.failed",
              "TcpExtSyncookiesFailed",
              "ACKs to a listener that carried no cookie of ours"),
          counter(
              "time.wait.overflows",
              "TcpExtTCPTimeWaitOverflow",
              "Connections closed without time_wait because the time-wait buckets were used up"),
          counter(
              "aborts.on.memory",
              "TcpExtTCPAbortOnMemory",
              "Orphans ended at once because there were too many or TCP's memory was used up"),
          counter(
              "aborts.on.timeout",
              "TcpExtTCPAbortOnTimeout",
              "Connections and attempts given up because no answer came"),
          counter(
                  "receive.queue.drops",
                  "TcpExtTCPRcvQDrop",
                  "Segments in order that were dropped because a receive queue had no room")
              .partOf("receive.queue.prunes"),
          counter(
              "receive.queue.prunes",
              "TcpExtPruneCalled",
              "Times that a receive queue was compacted because it had no room"),
          counter(
              "socket.backlog.drops",
              "TcpExtTCPBacklogDrop",
              "Segments dropped because too many came while a program held the socket's lock; not"
                  + " the backlog of listen"),
          gauge("time.wait.buckets", "", "TCP tw", "Time-wait buckets in use, of sockstat"),
          gauge(
              "time.wait.buckets.limit",
              "",
              "net.ipv4.tcp_max_tw_buckets",
              "Time-wait buckets there may be"),
          gauge(
              "syncookies.mode",
              "",
              "net.ipv4.tcp_syncookies",
              "SYN cookies: 0 never, 1 when a SYN queue is full, 2 always"),
          gauge("somaxconn", "", "net.core.somaxconn", "The highest limit of an accept queue"),
          gauge(
              "max.syn.backlog",
              "",
              "net.ipv4.tcp_max_syn_backlog",
              "Without SYN cookies, a SYN queue over 3/4 of this takes only peers known from"
                  + " before"),
          gauge(
              "ephemeral.ports.limit",
              "",
              "net.ipv4.ip_local_port_range",
              "Local ports for connections from here, those in ip_local_reserved_ports left out"),
          gauge(
              "host.orphans",
              "",
              "TCP orphan",
              "Connections of the whole host that no program holds any more, of sockstat"),
          gauge(
              "host.orphans.limit",
              "",
              "net.ipv4.tcp_max_orphans",
              "Orphans that the host may have"),
          gauge(
              "host.memory",
              "bytes",
              "TCP mem",
              "Memory that the buffers of the whole host's TCP sockets take, of sockstat"),
          gauge(
              "host.memory.pressure",
              "bytes",
              "net.ipv4.tcp_mem pressure",
              "From here on TCP saves memory"),
          gauge(
              "host.memory.limit",
              "bytes",
              "net.ipv4.tcp_mem max",
              "TCP's buffers may not take more than this"));

  private CounterFamilies() {}

  /**
   * The families, in the order in which they are shown.
   *
   * @param counters where a report has the values
   */
  static List<MetricFamily> families(
      Function<ScanReport, Map<NetworkNamespace, NamespaceCounters>> counters) {
    return ALL.stream().map(family -> family.family(counters)).toList();
  }

  /**
   * The columns that are shown of {@code Tcp} or {@code TcpExt}; Tcp has none that begin with Ext.
   */
  static Set<String> columns(String group) {
    return ALL.stream()
        .map(CounterFamily::kernelName)
        .filter(name -> name.startsWith(group))
        .map(name -> name.substring(group.length()))
        .collect(Collectors.toUnmodifiableSet());
  }
}
