package io.synoptic.agent.command;

import io.synoptic.agent.now.Now;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Sockets by state, of several network namespaces together. */
final class StateSums {
  /**
   * Sockets in one state.
   *
   * @param inbound that belong to a listener; null if that is not known of one namespace
   * @param outbound that belong to none; null likewise
   */
  record Sum(long sockets, @Nullable Long inbound, @Nullable Long outbound) {
    static final Sum NONE = new Sum(0, 0L, 0L);

    Sum plus(Now.State state) {
      return new Sum(
          sockets + state.ipv4() + state.ipv6(),
          plus(inbound, state.inbound()),
          plus(outbound, state.outbound()));
    }

    private static @Nullable Long plus(@Nullable Long one, @Nullable Long other) {
      return one == null || other == null ? null : one + other;
    }
  }

  private StateSums() {}

  /** By the kernel's names; empty if nothing is known. */
  static Map<String, Sum> of(List<Now.Namespace> namespaces) {
    Map<String, Sum> sums = new LinkedHashMap<>();
    for (Now.Namespace namespace : namespaces) {
      if (namespace.states() != null) {
        namespace
            .states()
            .forEach(
                (name, state) -> sums.put(name, sums.getOrDefault(name, Sum.NONE).plus(state)));
      }
    }
    return sums;
  }

  /** Of a namespace, listeners left out. */
  static long connections(Now.Namespace namespace) {
    long connections = 0;
    for (Map.Entry<String, Sum> state : of(List.of(namespace)).entrySet()) {
      connections += state.getKey().equals("listen") ? 0 : state.getValue().sockets;
    }
    return connections;
  }
}
