package io.synoptic.catalogue;

import static io.synoptic.catalogue.CounterFamily.counter;
import static io.synoptic.catalogue.CounterFamily.gauge;

import io.synoptic.KernelCounter;
import io.synoptic.NamespaceCounters;
import java.util.List;

/** The metric families of {@link NamespaceCounters}. */
public final class CounterFamilies {
  private static final List<CounterFamily> ALL =
      List.of(
          counter("active.opens", KernelCounter.ACTIVE_OPENS, "Connections begun from here"),
          counter(
              "passive.opens", KernelCounter.PASSIVE_OPENS, "Connections a listener has taken on"),
          counter(
              "connection.attempts.failed",
              KernelCounter.ATTEMPT_FAILS,
              "Handshakes that ended without a connection, begun from here or by a peer"),
          counter(
              "established.resets",
              KernelCounter.ESTAB_RESETS,
              "Connections that went from established or close_wait to their end at once"),
          counter(
              "received.segments", KernelCounter.IN_SEGS, "Segments received, bad ones included"),
          counter(
                  "received.bad.segments",
                  KernelCounter.IN_ERRS,
                  "Segments received with a bad checksum or header, or a SYN where none may be")
              .partOf("received.segments"),
          counter(
              "sent.segments",
              KernelCounter.OUT_SEGS,
              "Segments sent, retransmitted ones left out"),
          counter("retransmitted.segments", KernelCounter.RETRANS_SEGS, "Segments sent again"),
          counter(
                  "retransmitted.syn.segments",
                  KernelCounter.SYN_RETRANS,
                  "SYN and SYN+ACK segments sent again")
              .partOf("retransmitted.segments"),
          counter(
              "retransmission.timeouts",
              KernelCounter.TIMEOUTS,
              "Retransmission timers that expired before an answer came"),
          counter("resets.sent", KernelCounter.OUT_RSTS, "RST segments sent")
              .partOf("sent.segments"),
          counter(
                  "accept.queue.overflows",
                  KernelCounter.LISTEN_OVERFLOWS,
                  "SYNs and last ACKs of a handshake dropped because the accept queue was full")
              .partOf("connection.requests.dropped"),
          counter(
              "connection.requests.dropped",
              KernelCounter.LISTEN_DROPS,
              "SYNs and last ACKs of a handshake that a listener dropped, for whatever reason"),
          counter(
                  "syn.queue.full.drops",
                  KernelCounter.REQ_Q_FULL_DROP,
                  "SYNs dropped because the SYN queue was full and SYN cookies are off")
              .partOf("connection.requests.dropped"),
          counter(
              "syn.queue.full.cookies",
              KernelCounter.REQ_Q_FULL_DO_COOKIES,
              "SYNs that found the SYN queue full with SYN cookies on, and every SYN if they are"
                  + " always sent; none counts as dropped"),
          counter("syncookies.sent", KernelCounter.SYNCOOKIES_SENT, "SYNs answered with a cookie")
              .partOf("syn.queue.full.cookies"),
          counter(
              "syncookies.received",
              KernelCounter.SYNCOOKIES_RECV,
              "Handshakes that came back with a cookie of ours"),
          counter(
              "syncookies.failed",
              KernelCounter.SYNCOOKIES_FAILED,
              "ACKs to a listener that carried no cookie of ours"),
          counter(
              "time.wait.overflows",
              KernelCounter.TIME_WAIT_OVERFLOW,
              "Connections closed without time_wait because the time-wait buckets were used up"),
          counter(
              "aborts.on.memory",
              KernelCounter.ABORT_ON_MEMORY,
              "Orphans ended at once because there were too many or TCP's memory was used up"),
          counter(
              "aborts.on.timeout",
              KernelCounter.ABORT_ON_TIMEOUT,
              "Connections and attempts given up because no answer came"),
          counter(
                  "receive.queue.drops",
                  KernelCounter.RCV_Q_DROP,
                  "Segments in order that were dropped because a receive queue had no room")
              .partOf("receive.queue.prunes"),
          counter(
              "receive.queue.prunes",
              KernelCounter.PRUNE_CALLED,
              "Times that a receive queue was compacted because it had no room"),
          counter(
              "socket.backlog.drops",
              KernelCounter.BACKLOG_DROP,
              "Segments dropped because too many came while a program held the socket's lock; not"
                  + " the backlog of listen"),
          gauge(
              "time.wait.buckets",
              "",
              KernelCounter.TIME_WAIT_BUCKETS,
              "Time-wait buckets in use, of sockstat"),
          gauge(
              "time.wait.buckets.limit",
              "",
              KernelCounter.TIME_WAIT_BUCKETS_LIMIT,
              "Time-wait buckets there may be"),
          gauge(
              "syncookies.mode",
              "",
              KernelCounter.SYNCOOKIES_MODE,
              "SYN cookies: 0 never, 1 when a SYN queue is full, 2 always"),
          gauge(
              "time.wait.reuse.mode",
              "",
              KernelCounter.TIME_WAIT_REUSE_MODE,
              "Local ports in time_wait that a connection takes again: 0 none, 1 all, 2 those of"
                  + " loopback; 0 without TCP timestamps"),
          gauge("somaxconn", "", KernelCounter.SOMAXCONN, "The highest limit of an accept queue"),
          gauge(
              "max.syn.backlog",
              "",
              KernelCounter.MAX_SYN_BACKLOG,
              "Without SYN cookies, a SYN queue over 3/4 of this takes only peers known from"
                  + " before"),
          gauge(
              "ephemeral.ports.limit",
              "",
              KernelCounter.EPHEMERAL_PORTS,
              "Local ports for connections from here, those in ip_local_reserved_ports left out"),
          gauge(
              "host.orphans",
              "",
              KernelCounter.ORPHANS,
              "Connections of the whole host that no program holds any more, of sockstat"),
          gauge(
              "host.orphans.limit",
              "",
              KernelCounter.MAX_ORPHANS,
              "Orphans that the host may have"),
          gauge(
              "host.memory",
              "bytes",
              KernelCounter.MEMORY,
              "Memory that the buffers of the whole host's TCP sockets take, of sockstat"),
          gauge(
              "host.memory.pressure",
              "bytes",
              KernelCounter.MEMORY_PRESSURE,
              "From here on TCP saves memory"),
          gauge(
              "host.memory.limit",
              "bytes",
              KernelCounter.MEMORY_LIMIT,
              "TCP's buffers may not take more than this"));

  private CounterFamilies() {}

  /** The families, in the order in which they are shown. */
  public static List<MetricFamily> families() {
    return ALL.stream().map(CounterFamily::family).toList();
  }
}
