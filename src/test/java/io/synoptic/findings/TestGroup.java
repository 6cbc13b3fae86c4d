package io.synoptic.findings;

import io.synoptic.CloseWaitAges;
import io.synoptic.ListenerGroup;
import io.synoptic.Owner;
import io.synoptic.StateCounts;
import io.synoptic.TcpState;
import io.synoptic.TimerCounts;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** A listener group whose figures a test sets: at first one socket of backlog 128, at rest. */
final class TestGroup {
  final String address;
  final String port;
  long sockets = 1;
  long length;
  long limit = 128;
  boolean hasLimit = true;
  boolean isSampled = true;
  double fullSeconds;
  double utilizationSeconds;
  long drops;
  final Map<TcpState, Long> connections = new EnumMap<>(TcpState.class);
  Optional<TimerCounts> timers = Optional.of(TimerCounts.ZERO);
  Optional<CloseWaitAges> closeWait = Optional.of(CloseWaitAges.NONE);
  Owner owner = new Owner("web.service", "", "", "");
  String process = "web";

  TestGroup(String address, String port) {
    this.address = address;
    this.port = port;
  }

  TestGroup limit(long backlog) {
    limit = backlog;
    return this;
  }

  TestGroup length(long waiting) {
    length = waiting;
    return this;
  }

  TestGroup connections(TcpState state, long count) {
    connections.put(state, count);
    return this;
  }

  TestGroup timers(long retransmitting, long repeatedSyn) {
    timers = Optional.of(new TimerCounts(retransmitting, 0, repeatedSyn, 0));
    return this;
  }

  ListenerGroup group() {
    double utilization = length / (limit / (double) sockets + 1);
    return new ListenerGroup(
        address,
        port,
        sockets,
        length,
        hasLimit ? OptionalLong.of(limit) : OptionalLong.empty(),
        when(hasLimit, Math.min(1, utilization)),
        when(hasLimit && isSampled, Math.min(1, utilization)),
        when(hasLimit && isSampled, fullSeconds),
        when(hasLimit && isSampled, utilizationSeconds),
        when(hasLimit && isSampled, utilizationSeconds * limit),
        OptionalDouble.empty(),
        OptionalLong.empty(),
        hasLimit ? OptionalLong.of(drops) : OptionalLong.empty(),
        Optional.of(StateCounts.of(connections)),
        timers,
        closeWait,
        1,
        1,
        owner,
        process);
  }

  private static OptionalDouble when(boolean known, double value) {
    return known ? OptionalDouble.of(value) : OptionalDouble.empty();
  }
}
