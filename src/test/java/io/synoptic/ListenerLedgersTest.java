package io.synoptic;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ListenerLedgersTest {
  private static final long A = 1;
  private static final long B = 2;

  private final ListenerLedgers ledgers = new ListenerLedgers(2, PortSet.NONE, true);
  private long now;

  private List<String> scan(long namespace, TestListeners listeners) {
    return ledgers.scanned(namespace, listeners.table(), ++now).groups().stream()
        .map(group -> group.address() + ":" + group.port() + " " + group.drops().orElse(-1))
        .toList();
  }

  @Test
  void theSameAddressInTwoNamespacesIsTwoGroups() {
    scan(A, new TestListeners().add(1, 80, 0, 128, 5));
    scan(B, new TestListeners().add(2, 80, 0, 128, 7));

    assertThat(scan(A, new TestListeners().add(1, 80, 0, 128, 6))).containsExactly("0.0.0.0:80 1");
    assertThat(scan(B, new TestListeners().add(2, 80, 0, 128, 9))).containsExactly("0.0.0.0:80 2");
  }

  @Test
  void allNamespacesShareThePlacesAndEachHasItsOwnRest() {
    scan(A, new TestListeners().add(1, 80));

    assertThat(scan(B, new TestListeners().add(2, 80).add(3, 81)))
        .containsExactly("0.0.0.0:80 0", "other:other 0");
    assertThat(scan(A, new TestListeners().add(1, 80).add(4, 82)))
        .containsExactly("0.0.0.0:80 0", "other:other 0");
  }

  @Test
  void aNamespaceThatHasGoneLeavesItsPlaces() {
    scan(A, new TestListeners().add(1, 80).add(2, 81));
    ledgers.retain(Set.of(Namespaces.OWN, B));

    assertThat(scan(B, new TestListeners().add(3, 80).add(4, 81)))
        .containsExactly("0.0.0.0:80 0", "0.0.0.0:81 0");
  }

  @Test
  void ofANamespaceThatIsNotShownThereIsNoMemory() {
    ledgers.polled(A, new TestListeners().add(1, 80).add(2, 81).table(), ++now);

    assertThat(scan(B, new TestListeners().add(3, 80).add(4, 81))).hasSize(2);
  }

  @Test
  void dropsBetweenTwoScansAreCountedWhoeverSawTheListenerFirst() {
    scan(A, new TestListeners());
    ledgers.polled(A, new TestListeners().add(1, 80, 0, 128, 3).table(), ++now);

    assertThat(scan(A, new TestListeners().add(1, 80, 0, 128, 8))).containsExactly("0.0.0.0:80 8");
  }
}
