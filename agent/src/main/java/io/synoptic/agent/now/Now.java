package io.synoptic.agent.now;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything that is known now: the schema of {@code /api/v1/now}, where names are in snake case
 * and what is not known is null. It has no clock: it changes when a scan has ended, and not before.
 *
 * @param schema {@link #SCHEMA}
 * @param status fine, warning, critical, or unknown
 * @param findings the worst first
 * @param unknown what nothing could be found of
 * @param namespaces the agent's own first
 * @param unlistedNamespaces there was no room for; null if the own one alone is read
 */
public record Now(
    int schema,
    Agent agent,
    LastScan scan,
    String status,
    List<Finding> findings,
    List<Unknown> unknown,
    List<Namespace> namespaces,
    @Nullable Long unlistedNamespaces) {
  /** What changes the meaning of a name, or takes one away, adds one to it. */
  public static final int SCHEMA = 1;

  /**
   * Who answers.
   *
   * @param host the name of the machine
   * @param netns which network namespaces are read: own or all
   */
  public record Agent(String version, String revision, String host, String netns) {}

  /**
   * The scan that the figures are of.
   *
   * @param takenAt when it ended; null before the first good one
   * @param source what was read: sock_diag, proc or bpf; null before the first good one
   * @param sourceReason why that one
   * @param fallback whether a better source could not be had
   * @param failure why the last scan failed, and these figures are of an older one; null if it did
   *     not
   * @param refreshSeconds from one scan to the next, at least, however many ask
   */
  public record LastScan(
      @Nullable Instant takenAt,
      @Nullable String source,
      @Nullable String sourceReason,
      boolean fallback,
      @Nullable String failure,
      long refreshSeconds) {}

  /** {@link io.synoptic.findings.Finding}. */
  public record Finding(
      String kind,
      String severity,
      Subject subject,
      @Nullable Instant since,
      String summary,
      List<Figure> evidence,
      String meaning,
      List<Action> actions,
      String avoid,
      String symptom) {}

  /** {@link io.synoptic.findings.Subject}; what is not known or does not apply is empty. */
  public record Subject(
      String kind,
      String netns,
      String namespace,
      String pod,
      String address,
      String port,
      String unit,
      String container,
      String process) {}

  /** {@link io.synoptic.findings.Figure}. */
  public record Figure(String name, double value, String unit, String metric) {}

  /** {@link io.synoptic.findings.Action}. */
  public record Action(String text, String command) {}

  /** {@link io.synoptic.findings.Unknown}. */
  public record Unknown(String what, String why) {}

  /**
   * One network namespace; that of the agent has no name.
   *
   * @param worst the severity of its worst finding; null if there is none
   * @param states all eleven, by the kernel's names
   * @param receiveQueueBytes received and not read yet
   * @param sendQueueBytes sent and not acknowledged yet
   * @param orphans connections that no program holds
   * @param outbound the connections that belong to no listener; null if they can't be separated
   * @param busiestDestinationPorts local ports in use towards one destination, at most
   * @param destinations those with most local ports; null unless the agent has {@code --ports.top}
   * @param listeners null if they are not collected
   * @param foldedListeners that share the group {@code other}
   * @param unlistedListeners that the scan had no room for
   * @param counters by the names of {@code nstat} and {@code sysctl}; null if there are none
   * @param handshakes null if they are not counted
   */
  public record Namespace(
      String netns,
      String namespace,
      String pod,
      @Nullable String worst,
      @Nullable Map<String, State> states,
      @Nullable Long receiveQueueBytes,
      @Nullable Long sendQueueBytes,
      @Nullable Long orphans,
      @Nullable Outbound outbound,
      @Nullable Long busiestDestinationPorts,
      @Nullable List<Destination> destinations,
      @Nullable List<Listener> listeners,
      @Nullable Long foldedListeners,
      @Nullable Long unlistedListeners,
      List<Owner> owners,
      @Nullable Map<String, Double> counters,
      @Nullable BothHandshakes handshakes) {}

  /**
   * Sockets in one state.
   *
   * @param inbound that belong to a listener; null where that is not known, and for listeners
   * @param outbound that belong to none
   */
  public record State(long ipv4, long ipv6, @Nullable Long inbound, @Nullable Long outbound) {}

  /**
   * The connections that belong to no listener, by timer, and the oldest of those in close_wait.
   */
  public record Outbound(
      @Nullable Long retransmitting,
      @Nullable Long zeroWindow,
      @Nullable Long repeatedSyn,
      @Nullable Long keepalive,
      @Nullable Double closeWaitOldestSeconds) {}

  /** {@link io.synoptic.Destination}. */
  public record Destination(String source, String address, int port, long ports, long error) {}

  /**
   * A listener group, {@link io.synoptic.ListenerGroup}.
   *
   * @param fullSince since when the accept queue is full; null if it is not
   * @param lastFull when it was full last, within ten minutes
   * @param fullSeconds seconds at full in the last ten minutes
   * @param drops in the last ten minutes
   * @param dropsTotal since the agent's start
   * @param connections by state
   * @param process that holds the first socket; empty if that is not known
   */
  public record Listener(
      String address,
      String port,
      long sockets,
      long acceptQueueLength,
      @Nullable Long acceptQueueLimit,
      @Nullable Double acceptQueueUtilization,
      @Nullable Double acceptQueuePeakUtilization,
      @Nullable Instant fullSince,
      @Nullable Instant lastFull,
      @Nullable Double fullSeconds,
      @Nullable Double drops,
      @Nullable Long dropsTotal,
      @Nullable Long synQueueLength,
      @Nullable Double synQueueUtilization,
      @Nullable Long fastOpenQueueLength,
      @Nullable Map<String, Long> connections,
      @Nullable Long retransmitting,
      @Nullable Long zeroWindow,
      @Nullable Long repeatedSyn,
      @Nullable Long keepalive,
      @Nullable Double closeWaitOldestSeconds,
      String unit,
      String container,
      String namespace,
      String pod,
      String process,
      @Nullable Handshakes handshakes) {}

  /** {@link io.synoptic.OwnerConnections}; states without a connection are left out. */
  public record Owner(
      String unit,
      String container,
      String namespace,
      String pod,
      String direction,
      Map<String, Long> connections,
      long receiveQueueBytes,
      long sendQueueBytes,
      @Nullable Double closeWaitOldestSeconds) {}

  /** Those that peers have begun, and those that were begun here. */
  public record BothHandshakes(Handshakes inbound, Handshakes outbound) {}

  /**
   * {@link io.synoptic.HandshakeCounts}, since the agent's start.
   *
   * @param closed by who closed first (local, peer, both) and how (fin, reset, timeout)
   * @param failed by reason
   * @param repeated established after a SYN or SYN+ACK was sent again
   * @param durations handshakes that {@code durationSecondsSum} is of
   */
  public record Handshakes(
      long opened,
      Map<String, Map<String, Long>> closed,
      Map<String, Long> failed,
      long repeated,
      long syncookies,
      long synAcksRepeated,
      double durationSecondsSum,
      long durations) {}
}
