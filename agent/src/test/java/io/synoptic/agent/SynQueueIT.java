package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What BPF reads of the listening sockets themselves. */
class SynQueueIT {
  private static final int BUCKETS = 1024;

  @Test
  void theFullestSynQueueIsKnown() throws Exception {
    Bpf.assumeItLoads();
    try (NetworkNamespace namespace = NetworkNamespace.create(BUCKETS);
        RunningAgent agent =
            RunningAgent.startIn(
                namespace, "--netns=all", "--source=bpf", "--scan.min-interval=0s");
        HttpExchange http = new HttpExchange(namespace.connect(agent.port()));
        Lab lab = Lab.in(namespace, "ipv4:syn=40,backlog=128,port=7100")) {
      ListenerSeries listeners = new ListenerSeries(http.get("/metrics").text());

      assertThat(listeners.value("127.0.0.1 7100", "syn_queue_utilization_ratio"))
          .isEqualTo(listeners.value("127.0.0.1 7100", "syn_queue_length") / 129)
          .isEqualTo(lab.sockets().get("ipv4 syn_recv") / 129.0)
          .isPositive();
      assertThat(listeners.value("127.0.0.1 7100", "fast_open_queue_length")).isZero();
    }
  }
}
