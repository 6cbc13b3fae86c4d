package io.synoptic;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.testing.TestSnapshots;
import org.junit.jupiter.api.Test;

class SocketSnapshotTest {
  private final SocketSnapshot snapshot = TestSnapshots.snapshot();

  @Test
  void eachFamilyAndStateHasItsOwnCount() {
    assertThat(snapshot.sockets(IpFamily.IPV4, TcpState.ESTABLISHED)).isEqualTo(101);
    assertThat(snapshot.sockets(IpFamily.IPV6, TcpState.CLOSING)).isEqualTo(211);
    assertThat(snapshot.sockets(TcpState.LISTEN)).isEqualTo(110 + 210);
  }

  @Test
  void queuesAreInBytes() {
    assertThat(snapshot.receiveQueueBytes()).isEqualTo(4096);
    assertThat(snapshot.sendQueueBytes()).isEqualTo(8192);
  }

  @Test
  void theKernelsOwnCountIsComparedWithoutRequestSockets() {
    assertThat(snapshot.sockstatDifference()).hasValue(1);
  }

  @Test
  void rejectedMessagesAreCounted() {
    assertThat(snapshot.rejectedMessages(Rejection.PORTID)).isEqualTo(12);
  }
}
