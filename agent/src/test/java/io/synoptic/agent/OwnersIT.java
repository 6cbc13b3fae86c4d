package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Whose listeners and connections are that a service holds in a container that systemd has booted.
 */
@Tag("waits")
@Timeout(60)
class OwnersIT {
  private static final String OWNER =
      "synoptic_tcp_owner_connections{container=\"box\",direction=\"%s\",namespace=\"\",netns=\"\","
          + "pod=\"\",state=\"established\",unit=\"probe.service\"}";

  private static void awaitListener(BootedMachine machine) throws Exception {
    while (!machine.exec("ss", "-Htn", "state", "established").contains(":8099")) {
      assertThat(machine.isAlive()).isTrue();
      Thread.sleep(50);
    }
  }

  @Test
  void aServiceOwnsItsListenerAndItsConnectionsInBothDirections() throws Exception {
    String tcplab = RunningAgent.built("tcplab");
    try (BootedMachine machine =
        BootedMachine.boot(
            RunningAgent.ROOT.resolve("target/tools"),
            Path.of(tcplab),
            tcplab + " --for=100 ipv4:listener=1,fill=3,port=8099")) {
      awaitListener(machine);
      // The agent reads from inside of a namespace what the kernel knows of the whole host.
      try (RunningAgent agent = RunningAgent.start(machine.command(), Map.of());
          HttpExchange http = new HttpExchange(machine.connect(agent.port()))) {
        HttpExchange.Answer answer = http.get("/metrics");

        assertThat(answer.text())
            .containsPattern(
                "synoptic_tcp_listener_info\\{address=\"127.0.0.1\",container=\"box\",namespace=\"\","
                    + "netns=\"\",pod=\"\",port=\"8099\",process=\"\\w*\",unit=\"probe.service\"} 1");
        assertThat(answer.sample(OWNER.formatted("inbound"))).isEqualTo(3);
        assertThat(answer.sample(OWNER.formatted("outbound"))).isEqualTo(3);
      }
    }
  }
}
