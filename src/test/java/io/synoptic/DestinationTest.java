package io.synoptic;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Local ports that this JVM's connections use up, as the kernel reports them. */
class DestinationTest {
  private static final int CONNECTIONS = 40;

  @ParameterizedTest
  @EnumSource(names = {"SOCK_DIAG", "PROC"})
  void eachConnectionUsesAPortTowardsItsDestination(Source source) throws IOException {
    List<Socket> clients = new ArrayList<>();
    try (ServerSocket server =
        new ServerSocket(0, CONNECTIONS, InetAddress.getByName("127.0.0.3"))) {
      for (int i = 0; i < CONNECTIONS; i++) {
        clients.add(
            new Socket(
                server.getInetAddress(),
                server.getLocalPort(),
                InetAddress.getByName("127.0.0.2"),
                0));
      }
      SocketSnapshot snapshot = SocketScanner.builder().source(source).build().scan();

      assertThat(snapshot.destinations())
          .contains(
              new Destination(
                  IpFamily.IPV4,
                  "127.0.0.2",
                  "127.0.0.3",
                  server.getLocalPort(),
                  CONNECTIONS,
                  0,
                  0));
      assertThat(snapshot.busiestDestinationPorts().orElseThrow())
          .isGreaterThanOrEqualTo(CONNECTIONS)
          .isEqualTo(snapshot.destinations().get(0).ports());
      assertThat(snapshot.busiestDestinationError()).isZero();
      assertThat(TimeWaitReuse.ALL)
          .allSatisfy(
              reuse ->
                  assertThat(snapshot.heldDestinationPorts(reuse).orElseThrow())
                      .isBetween(
                          (long) CONNECTIONS, snapshot.busiestDestinationPorts().orElseThrow()));
    } finally {
      for (Socket client : clients) {
        client.close();
      }
    }
  }
}
