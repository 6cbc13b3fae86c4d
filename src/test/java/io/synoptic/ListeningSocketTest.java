package io.synoptic;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Listeners of this JVM, as the kernel reports them. */
class ListeningSocketTest {
  private static ListeningSocket find(Source source, int port) {
    return SocketScanner.builder().source(source).build().scan().listeners().stream()
        .filter(listener -> listener.port() == port)
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @EnumSource(names = {"SOCK_DIAG", "PROC"})
  void aListenerHasItsQueueAndItsConnections(Source source) throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket waiting = new Socket(server.getInetAddress(), server.getLocalPort());
        Socket second = new Socket(server.getInetAddress(), server.getLocalPort())) {
      assertThat(waiting.isConnected() && second.isConnected()).isTrue();
      ListeningSocket listener = find(source, server.getLocalPort());

      assertThat(listener.address()).isEqualTo("127.0.0.1");
      assertThat(listener.family()).isEqualTo(IpFamily.IPV4);
      assertThat(listener.acceptQueueLength()).isEqualTo(2);
      assertThat(listener.connections(TcpState.ESTABLISHED)).isEqualTo(2);
      assertThat(listener.synQueueLength()).isZero();
      assertThat(listener.cookie()).isNotZero();
      assertThat(listener).hasToString("127.0.0.1:" + server.getLocalPort());
      if (source == Source.PROC) {
        assertThat(listener.acceptQueueLimit()).isEmpty();
        assertThat(listener.acceptQueueUtilization()).isEmpty();
        assertThat(listener.drops()).isEmpty();
      } else {
        assertThat(listener.acceptQueueLimit()).hasValue(1);
        assertThat(listener.acceptQueueUtilization()).hasValue(1);
        assertThat(listener.drops()).hasValue(0);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SOCK_DIAG", "PROC"})
  void theWildcardOfBothFamiliesIsIpv6(Source source) throws IOException {
    try (ServerSocket server = new ServerSocket(0)) {
      ListeningSocket listener = find(source, server.getLocalPort());

      assertThat(listener.address()).isEqualTo("::");
      assertThat(listener.family()).isEqualTo(IpFamily.IPV6);
    }
  }

  @Test
  void withoutRoomForAListenerItsConnectionsAreNobodysGuess() throws IOException {
    try (ServerSocket server = new ServerSocket(0)) {
      assertThat(server.isBound()).isTrue();
      SocketSnapshot snapshot = SocketScanner.builder().maxListeners(0).build().scan();

      assertThat(snapshot.listeners()).isEmpty();
      assertThat(snapshot.unlistedListeners()).isPositive();
      assertThat(snapshot.outbound(TcpState.ESTABLISHED)).isEmpty();
    }
  }
}
