package io.synoptic.internal.listeners;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.PortSet;
import io.synoptic.internal.ffi.SamplerBuffer;
import io.synoptic.internal.netns.NamespaceTracker;
import io.synoptic.testing.TestListeners;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ListenerTrackersTest {
  private static final long A = 1;
  private static final long B = 2;

  private final ListenerTrackers trackers = new ListenerTrackers(2, PortSet.NONE, true);
  private final Map<Long, SamplerBuffer> samples = new HashMap<>();
  private long now = TimeUnit.HOURS.toNanos(1);

  private List<String> scan(long namespace, TestListeners listeners) {
    trackers.scanned(namespace, listeners.table(), ++now);
    SamplerBuffer polls = samples.computeIfAbsent(namespace, key -> SamplerBuffer.ofOne(100));
    polls.add(listeners.table(), now);
    trackers.sampled(polls, cookie -> namespace, now);
    return trackers.figures(namespace).groups().stream()
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
    trackers.retain(Set.of(NamespaceTracker.OWN, B));

    assertThat(scan(B, new TestListeners().add(3, 80).add(4, 81)))
        .containsExactly("0.0.0.0:80 0", "0.0.0.0:81 0");
  }

  @Test
  void ofANamespaceThatIsNotShownThereIsNoMemory() {
    SamplerBuffer polls = SamplerBuffer.ofOne(100);
    polls.add(new TestListeners().add(1, 80).add(2, 81).table(), ++now);
    trackers.sampled(polls, cookie -> A, now);

    assertThat(scan(B, new TestListeners().add(3, 80).add(4, 81))).hasSize(2);
  }

  @Test
  void onlyPollsOfEveryNamespaceObserveOthers() {
    SamplerBuffer polls = SamplerBuffer.ofOne(100);
    scan(A, new TestListeners());
    polls.add(new TestListeners().add(1, 80).table(), now);
    polls.add(new TestListeners().add(1, 80).table(), now + TimeUnit.SECONDS.toNanos(1));
    trackers.sampled(polls, cookie -> NamespaceTracker.OWN, now);

    assertThat(trackers.figures(NamespaceTracker.OWN).observedSeconds()).hasValue(1);
    assertThat(trackers.figures(A).observedSeconds()).hasValue(0);
  }
}
