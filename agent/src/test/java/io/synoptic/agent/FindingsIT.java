package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.agent.now.Now;
import io.synoptic.findings.FindingKind;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/**
 * Each finding is made in the laboratory and found at /api/v1/now; what is like it and well stays
 * silent. Orphans, memory and the share of lost segments are the host's: HostFindingsTest and
 * ConnectionFindingsTest have them. What takes a minute is in {@link ForgottenIT}.
 */
@Tag("waits")
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FindingsIT {
  private static final int BUCKETS = 4096;
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  private NetworkNamespace namespace;
  private FoundByAgent agent;

  @BeforeAll
  void start() throws Exception {
    Bpf.assumeHandshakesAreCounted();
    namespace = NetworkNamespace.create(BUCKETS);
    agent = new FoundByAgent(namespace, "--collector.handshakes", "--scan.min-interval=0s");
  }

  @AfterAll
  void stop() throws Exception {
    if (agent != null) {
      try {
        agent.assertCommandsRun();
      } finally {
        agent.close();
        namespace.close();
      }
    }
  }

  /** Connections to a listener that is known to have room; they are accepted where it is asked. */
  private List<Socket> connect(int port, int many) throws Exception {
    return connect(LOOPBACK, port, many);
  }

  private List<Socket> connect(InetAddress address, int port, int many) throws Exception {
    return namespace.call(
        () -> {
          List<Socket> sockets = new ArrayList<>();
          for (int i = 0; i < many; i++) {
            sockets.add(new Socket(address, port));
          }
          return sockets;
        });
  }

  private static void close(List<Socket> sockets) throws Exception {
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  @Test
  void nothingIsFoundWhereNothingIsTheMatter() throws Exception {
    try (NetworkNamespace idle = NetworkNamespace.create(BUCKETS);
        FoundByAgent there = new FoundByAgent(idle);
        Lab lab = Lab.in(idle, "ipv4:listener=1,backlog=128,fill=3,port=7000")) {
      for (int i = 0; i < 3; i++) {
        Now now = there.now();
        assertThat(now.findings()).isEmpty();
        assertThat(now.status()).isEqualTo("fine");
        assertThat(now.unknown())
            .extracting(Now.Unknown::what)
            .contains("handshakes: whose connects fail, and why");
        TimeUnit.MILLISECONDS.sleep(200);
      }
      assertThat(lab.sockets()).containsKey("ipv4 listen");
    }
  }

  @Test
  void aFullAcceptQueueAndTheProgramsBacklogThatLimitsIt() throws Exception {
    try (Lab lab =
        Lab.in(
            namespace,
            "ipv4:listener=1,backlog=16,fill=17,port=7001",
            "ipv4:listener=1,backlog=128,fill=60,port=7002")) {
      Now.Finding full = agent.await(FindingKind.ACCEPT_QUEUE_FULL, 7001);
      Now.Finding limited = agent.await(FindingKind.LIMITED_BY_BACKLOG, 7001);
      Now now = agent.now();

      assertThat(full.severity()).isEqualTo("critical");
      assertThat(full.since()).isNotNull();
      assertThat(full.summary()).contains("17 wait", "16 is the limit");
      assertThat(full.symptom()).isEqualTo("slow-accept");
      assertThat(limited.summary()).contains("backlog of 16");
      assertThat(now.status()).isEqualTo("critical");
      assertThat(now.findings().get(0).severity()).isEqualTo("critical");
      assertThat(FoundByAgent.kinds(now, 7002)).isEmpty();
      assertThat(lab.sockets()).isNotEmpty();
    }
  }

  @Test
  void anAcceptQueueThatSomaxconnLimits() throws Exception {
    namespace.set("net.core.somaxconn", 20);
    try (Lab lab =
        Lab.in(
            namespace,
            "ipv4:listener=1,backlog=500,fill=21,port=7003",
            "ipv4:listener=1,backlog=500,fill=5,port=7004")) {
      agent.await(FindingKind.LIMITED_BY_SOMAXCONN, 7003);
      assertThat(FoundByAgent.kinds(agent.now(), 7003))
          .containsExactlyInAnyOrder("accept_queue_full", "limited_by_somaxconn");
      assertThat(FoundByAgent.kinds(agent.now(), 7004)).isEmpty();
      assertThat(lab.sockets()).isNotEmpty();
    } finally {
      namespace.set("net.core.somaxconn", 4096);
    }
  }

  @Test
  void aBurstIsFoundWhenItIsOver() throws Exception {
    try (ServerSocket server = namespace.call(() -> new ServerSocket(7005, 16, LOOPBACK));
        ServerSocket calm = namespace.call(() -> new ServerSocket(7006, 16, LOOPBACK))) {
      List<Socket> clients = new ArrayList<>(connect(7005, 17));
      clients.addAll(connect(7006, 8));
      TimeUnit.SECONDS.sleep(2);
      for (int i = 0; i < 17; i++) {
        clients.add(server.accept());
      }
      Now.Finding burst = agent.await(FindingKind.ACCEPT_QUEUE_FILLING, 7005);

      assertThat(burst.summary()).matches("The accept queue was full for \\d+ s of the last.*");
      assertThat(FoundByAgent.kinds(agent.now(), 7006)).isEmpty();
      assertThat(calm.isBound()).isTrue();
      close(clients);
    }
  }

  @Test
  void aSynQueueThatIsFullAndAFlood() throws Exception {
    try (Lab lab =
        Lab.in(
            namespace,
            "ipv4:syn=17,backlog=16,port=7007",
            "ipv4:syn=100,backlog=128,port=7008",
            "ipv4:syn=12,backlog=128,port=7009")) {
      agent.await(FindingKind.SYN_QUEUE_FULL, 7007);
      Now.Finding flood = agent.await(FindingKind.SYN_FLOOD, 7008);
      Now now = agent.now();

      assertThat(flood.summary()).contains("handshakes have begun and do not end");
      assertThat(FoundByAgent.kinds(now, 7008)).containsExactly("syn_flood");
      assertThat(FoundByAgent.kinds(now, 7009)).isEmpty();
      assertThat(lab.sockets()).isNotEmpty();
    }
  }

  @Test
  void portsThatRunOutTowardsADestination() throws Exception {
    String range = namespace.exec("cat", "/proc/sys/net/ipv4/ip_local_port_range").strip();
    InetAddress other = InetAddress.getByName("192.0.2.1");
    namespace.exec("ip", "address", "add", "192.0.2.1/32", "dev", "lo");
    try (ServerSocket server = namespace.call(() -> new ServerSocket(7010, 200, LOOPBACK));
        ServerSocket busy = namespace.call(() -> new ServerSocket(7010, 200, other))) {
      namespace.set("net.ipv4.ip_local_port_range", "'50000 50099'");
      // On loopback a connect can have a port in TIME_WAIT.
      List<Socket> clients = connect(LOOPBACK, 7010, 95);
      List<Socket> accepted = new ArrayList<>();
      for (int i = 0; i < 95; i++) {
        accepted.add(server.accept());
      }
      close(clients);
      close(accepted);
      clients = connect(other, 7010, 60);
      agent.isSilent(1, 0, Set.of(FindingKind.PORTS_RUN_OUT));
      clients.addAll(connect(other, 7010, 35));
      Now.Finding ports = agent.await(FindingKind.PORTS_RUN_OUT, 0);

      assertThat(ports.severity()).isEqualTo("critical");
      assertThat(ports.summary()).contains("95");
      assertThat(ports.toString()).doesNotContain("192.0.2.1");
      assertThat(busy.isBound()).isTrue();
      close(clients);
    } finally {
      namespace.set("net.ipv4.ip_local_port_range", "'" + range + "'");
    }
  }

  @Test
  void connectsThatHang() throws Exception {
    try (Lab few = Lab.in(namespace, "ipv4:repeated_syn=5")) {
      agent.isSilent(1, 0, Set.of(FindingKind.CONNECTS_HANG));
      try (Lab lab = Lab.in(namespace, "ipv4:repeated_syn=20")) {
        assertThat(agent.await(FindingKind.CONNECTS_HANG, 0).summary()).contains("25 connects");
        assertThat(lab.sockets()).isNotEmpty();
      }
      assertThat(few.sockets()).isNotEmpty();
    }
  }

  @Test
  void connectsThatFail() throws Exception {
    String refused = ": </dev/tcp/127.0.0.1/7011";
    try (ServerSocket server = namespace.call(() -> new ServerSocket(7012, 300, LOOPBACK))) {
      close(connect(7012, 200));
      repeat(refused, 8);
      agent.isSilent(1, 0, Set.of(FindingKind.CONNECTS_FAIL));
      repeat(refused, 60);
      assertThat(agent.await(FindingKind.CONNECTS_FAIL, 0).summary())
          .contains("most of them refused");
      assertThat(server.isBound()).isTrue();
    }
  }

  private void repeat(String bash, int times) throws Exception {
    namespace.exec(
        "bash", "-c", "for i in $(seq " + times + "); do (" + bash + ") 2>/dev/null; done; true");
  }

  @Test
  void timeWaitBucketsThatAreUsedUp() throws Exception {
    try (Lab lab = Lab.in(namespace, "ipv4:time_wait=190")) {
      int inUse = timeWait();
      namespace.set("net.ipv4.tcp_max_tw_buckets", 2 * inUse);
      agent.isSilent(1, 0, Set.of(FindingKind.TIME_WAIT_FULL));
      namespace.set("net.ipv4.tcp_max_tw_buckets", inUse);
      assertThat(agent.await(FindingKind.TIME_WAIT_FULL, 0).summary())
          .contains("of the time-wait buckets are in use");
      assertThat(lab.sockets()).isNotEmpty();
    } finally {
      namespace.set("net.ipv4.tcp_max_tw_buckets", BUCKETS / 2);
    }
  }

  private int timeWait() throws Exception {
    String[] words = namespace.exec("cat", "/proc/net/sockstat").split("\\s+", -1);
    return Integer.parseInt(words[List.of(words).indexOf("tw") + 1]);
  }

  @Test
  void connectionsThatGetNoAcknowledgement() throws Exception {
    Set<FindingKind> kind = Set.of(FindingKind.RETRANSMITTING);
    try (Lab few = Lab.in(namespace, "ipv4:retransmitting=3", "ipv4:established=40")) {
      agent.isSilent(1, 0, kind);
      try (Lab lab = Lab.in(namespace, "ipv4:retransmitting=25")) {
        assertThat(agent.await(FindingKind.RETRANSMITTING, 0).summary())
            .contains("get no acknowledgement");
        assertThat(lab.sockets()).isNotEmpty();
      }
      assertThat(few.sockets()).isNotEmpty();
    }
  }
}
