package io.synoptic.internal.listeners;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.CloseWaitAges;
import io.synoptic.ListenerGroup;
import io.synoptic.TimerCounts;
import io.synoptic.internal.ffi.ListenerTable;
import io.synoptic.testing.TestListeners;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Several listeners under one label. */
class GroupTotalsTest {
  private final GroupTotals totals = new GroupTotals("other", "other");

  private ListenerGroup add(TestListeners listeners, int scan) {
    ListenerTable table = listeners.table();
    for (int row = 0; row < table.count(); row++) {
      totals.add(table, row, scan);
    }
    return totals.group(false);
  }

  @Test
  void timersAndAgesAreThoseOfAllListeners() {
    ListenerGroup group = add(new TestListeners().withConnections().add(2, 80).add(3, 81), 1);

    assertThat(group.timers()).contains(new TimerCounts(50, 52, 54, 56));
    assertThat(group.closeWait()).contains(new CloseWaitAges(Duration.ofSeconds(3), 5, 5, 5));
    assertThat(group.fastOpenQueueLength()).hasValue(5);
    assertThat(group.synQueueUtilization()).hasValue(3 / 129.0);
  }

  @Test
  void theNextScanBeginsWithNone() {
    add(new TestListeners().withConnections().add(9, 80), 1);

    assertThat(add(new TestListeners().withConnections().add(1, 80), 2))
        .satisfies(
            group -> {
              assertThat(group.timers()).contains(new TimerCounts(10, 11, 12, 13));
              assertThat(group.closeWait())
                  .contains(new CloseWaitAges(Duration.ofSeconds(1), 1, 1, 1));
              assertThat(group.synQueueUtilization()).hasValue(1 / 129.0);
            });
  }

  @Test
  void whatASourceDoesNotKnowIsEmpty() {
    add(new TestListeners().withConnections().add(9, 80), 1);
    ListenerGroup group = add(new TestListeners().add(9, 80), 2);

    assertThat(group.timers()).isEmpty();
    assertThat(group.closeWait()).isEmpty();
    assertThat(group.synQueueUtilization()).isEmpty();
    assertThat(group.fastOpenQueueLength()).isEmpty();
  }
}
