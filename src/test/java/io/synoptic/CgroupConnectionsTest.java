package io.synoptic;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whose this JVM's connections are, as the kernel reports it. */
class CgroupConnectionsTest {
  private static long sum(SocketSnapshot snapshot, ToLongFunction<CgroupConnections> count) {
    return snapshot.cgroups().stream().mapToLong(count).sum();
  }

  @ParameterizedTest
  @EnumSource(names = {"SOCK_DIAG", "PROC"})
  void everyConnectionIsOneOwnersInboundOrOutbound(Source source) throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket client = new Socket(server.getInetAddress(), server.getLocalPort())) {
      assertThat(client.isConnected()).isTrue();
      SocketSnapshot snapshot = SocketScanner.builder().source(source).build().scan();

      assertThat(snapshot.outbound(TcpState.ESTABLISHED).orElseThrow()).isPositive();
      for (TcpState state : TcpState.ALL) {
        long outbound = sum(snapshot, owner -> owner.connections(Direction.OUTBOUND).get(state));
        long inbound = sum(snapshot, owner -> owner.connections(Direction.INBOUND).get(state));
        assertThat(outbound).isEqualTo(snapshot.outbound(state).orElseThrow());
        assertThat(inbound + outbound)
            .isEqualTo(state == TcpState.LISTEN ? 0 : snapshot.sockets(state));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SOCK_DIAG", "PROC"})
  void unreadBytesAreTheReadersInItsDirection(Source source) throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket client = new Socket(server.getInetAddress(), server.getLocalPort())) {
      SocketScanner scanner = SocketScanner.builder().source(source).build();
      SocketSnapshot before = scanner.scan();
      client.getOutputStream().write(new byte[1000]);
      SocketSnapshot after = scanner.scan();

      assertThat(
              sum(after, owner -> owner.queues(Direction.INBOUND).receiveBytes())
                  - sum(before, owner -> owner.queues(Direction.INBOUND).receiveBytes()))
          .isEqualTo(1000);
      assertThat(
              sum(after, owner -> owner.queues(Direction.INBOUND).receiveConnections())
                  - sum(before, owner -> owner.queues(Direction.INBOUND).receiveConnections()))
          .isEqualTo(1);
      for (SocketSnapshot snapshot : List.of(before, after)) {
        assertThat(
                sum(snapshot, owner -> owner.queues(Direction.INBOUND).receiveBytes())
                    + sum(snapshot, owner -> owner.queues(Direction.OUTBOUND).receiveBytes()))
            .isEqualTo(snapshot.receiveQueueBytes());
        assertThat(
                sum(snapshot, owner -> owner.queues(Direction.INBOUND).sendBytes())
                    + sum(snapshot, owner -> owner.queues(Direction.OUTBOUND).sendBytes()))
            .isEqualTo(snapshot.sendQueueBytes());
      }
    }
  }

  @Test
  void anAcceptedConnectionIsItsListenersOwners() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket client = new Socket(server.getInetAddress(), server.getLocalPort())) {
      assertThat(client.isConnected()).isTrue();
      SocketSnapshot snapshot = SocketScanner.builder().source(Source.SOCK_DIAG).build().scan();
      OptionalLong cgroup =
          snapshot.listeners().stream()
              .filter(listener -> listener.port() == server.getLocalPort())
              .findFirst()
              .orElseThrow()
              .cgroup();
      CgroupConnections owner =
          snapshot.cgroups().stream()
              .filter(candidate -> candidate.cgroup().equals(cgroup))
              .findFirst()
              .orElseThrow();

      assertThat(cgroup).isPresent();
      assertThat(owner.connections(Direction.INBOUND).get(TcpState.ESTABLISHED)).isPositive();
      assertThat(owner.connections(Direction.OUTBOUND).get(TcpState.ESTABLISHED)).isPositive();
    }
  }

  @Test
  void throughProcEveryOwnerIsUnknown() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket client = new Socket(server.getInetAddress(), server.getLocalPort())) {
      assertThat(client.isConnected()).isTrue();
      SocketSnapshot snapshot = SocketScanner.builder().source(Source.PROC).build().scan();

      assertThat(snapshot.cgroups()).hasSize(2);
      assertThat(snapshot.cgroups().get(0).kind()).isEqualTo(CgroupConnections.Kind.UNKNOWN);
      assertThat(snapshot.cgroups().get(0).connections(Direction.INBOUND).get(TcpState.ESTABLISHED))
          .isPositive();
      assertThat(snapshot.cgroups().get(1).kind()).isEqualTo(CgroupConnections.Kind.OTHER);
      assertThat(snapshot.cgroups().get(1).connections(Direction.INBOUND).get(TcpState.ESTABLISHED))
          .isZero();
      assertThat(snapshot.listeners()).allMatch(listener -> listener.cgroup().isEmpty());
    }
  }
}
