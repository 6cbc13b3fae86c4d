package io.synoptic.internal.listeners;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import io.synoptic.ListenerFigures;
import io.synoptic.ListenerGroup;
import io.synoptic.PortSet;
import io.synoptic.internal.ffi.SamplerBuffer;
import io.synoptic.testing.TestListeners;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is remembered of listeners; time is what the test says it is. */
class ListenerTrackerTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final long HOUR = TimeUnit.HOURS.toNanos(1);

  private ListenerTracker tracker = tracker(3, PortSet.NONE);
  private SamplerBuffer samples = SamplerBuffer.ofOne(65534);
  private SampleMemory memory = new SampleMemory();
  private long now = 1000 * SECOND;

  private static ListenerTracker tracker(int places, PortSet included) {
    return new ListenerTracker(new GroupLimiter(new GroupLimiter.Room(places), included), true);
  }

  private static TestListeners listeners() {
    return new TestListeners();
  }

  /** A scan where nothing polls. */
  private ListenerFigures scan(TestListeners listeners) {
    poll(1, listeners);
    return show(listeners);
  }

  private void poll(double secondsLater, TestListeners listeners) {
    now += (long) (secondsLater * SECOND);
    samples.add(listeners.table(), now);
  }

  /** What is shown after a scan of these listeners, at the time of the last poll. */
  private ListenerFigures show(TestListeners listeners) {
    tracker.scanned(listeners.table(), now);
    memory.read(samples, cookie -> tracker, now);
    tracker.observed(memory.observedNanos(samples));
    return tracker.figures();
  }

  private static ListenerGroup group(ListenerFigures figures, String port) {
    return figures.groups().stream()
        .filter(group -> group.port().equals(port))
        .findFirst()
        .orElseThrow();
  }

  private static List<String> ports(ListenerFigures figures) {
    return figures.groups().stream().map(ListenerGroup::port).toList();
  }

  private static long drops(ListenerFigures figures, String port) {
    return group(figures, port).drops().orElseThrow();
  }

  @Test
  void socketsOfOneAddressAndPortAreAGroupThatIsAsFullAsItsFullest() {
    ListenerGroup group =
        group(scan(listeners().add(1, 80, 0, 9, 0).add(2, 80, 10, 9, 0).add(3, 80, 5, 9, 0)), "80");

    assertThat(group.address()).isEqualTo("0.0.0.0");
    assertThat(group.sockets()).isEqualTo(3);
    assertThat(group.acceptQueueLength()).isEqualTo(15);
    assertThat(group.acceptQueueLimit()).hasValue(27);
    assertThat(group.acceptQueueUtilization()).hasValue(1);
  }

  @Test
  void dropsCountFromZeroAtTheStart() {
    assertThat(drops(scan(listeners().add(1, 80, 0, 9, 70)), "80")).isZero();
    assertThat(drops(scan(listeners().add(1, 80, 0, 9, 75)), "80")).isEqualTo(5);
  }

  @Test
  void dropsGoOnOverTheWrapOfTheKernelsCounter() {
    scan(listeners().add(1, 80, 0, 9, -2));
    assertThat(drops(scan(listeners().add(1, 80, 0, 9, 3)), "80")).isEqualTo(5);
  }

  @Test
  void whatALaterSocketHasDroppedIsNewAndAddsToItsGroup() {
    scan(listeners().add(1, 80, 0, 9, 70));
    scan(listeners().add(1, 80, 0, 9, 71).add(2, 80, 0, 9, 4));
    assertThat(drops(scan(listeners().add(2, 80, 0, 9, 6)), "80")).isEqualTo(7);
  }

  @Test
  void aGroupThatClosesLeavesAndGoesOnCountingWhenItComesBack() {
    scan(listeners().add(1, 80));
    scan(listeners().add(1, 80, 0, 9, 5));
    assertThat(scan(listeners()).groups()).isEmpty();

    now += HOUR - 2 * SECOND;
    assertThat(drops(scan(listeners().add(2, 80, 0, 9, 1)), "80")).isEqualTo(6);
  }

  @Test
  void aGroupThatHasBeenClosedForAnHourIsForgotten() {
    scan(listeners().add(1, 80));
    scan(listeners().add(1, 80, 0, 9, 5));
    scan(listeners());
    now += HOUR;
    scan(listeners());

    assertThat(drops(scan(listeners().add(2, 80)), "80")).isZero();
  }

  @Test
  void whatIsDroppedWhileProcIsReadIsCountedAfterwards() {
    scan(listeners().add(1, 80, 0, 9, 10));
    ListenerGroup proc = group(scan(listeners().add(777, 80, 3, 9, 0).throughProc()), "80");
    assertThat(proc.drops()).isEmpty();
    assertThat(proc.acceptQueueLimit()).isEmpty();
    assertThat(proc.acceptQueueUtilization()).isEmpty();
    assertThat(proc.acceptQueuePeakUtilization()).isEmpty();
    assertThat(proc.acceptQueueFullSeconds()).isEmpty();
    assertThat(proc.acceptQueueLength()).isEqualTo(3);

    assertThat(drops(scan(listeners().add(1, 80, 0, 9, 14)), "80")).isEqualTo(4);
  }

  @Test
  void whatATableThatWasCutOffLeavesOutIsNeitherClosedNorNew() {
    scan(listeners().add(1, 80).add(2, 81, 0, 9, 5).cutOff());
    assertThat(ports(scan(listeners().add(1, 80).add(3, 82, 0, 9, 40).cutOff())))
        .containsExactly("80", "82");
    ListenerFigures again =
        scan(listeners().add(1, 80).add(2, 81, 0, 9, 6).add(3, 82, 0, 9, 41).cutOff());

    assertThat(drops(again, "81")).isEqualTo(1);
    assertThat(drops(again, "82")).isEqualTo(1);
  }

  @Test
  void whatATableThatWasCutOffLeavesOutIsNotWatched() {
    poll(0, listeners().add(1, 80, 10, 9, 0).cutOff());
    poll(0.5, listeners().add(2, 81, 0, 9, 0).cutOff());
    ListenerFigures figures = scan(listeners().add(1, 80).add(2, 81).cutOff());

    assertThat(group(figures, "80").acceptQueueFullSeconds()).hasValue(0);
  }

  @Test
  void whatIsRememberedIsBoundedEvenIfEveryTableWasCutOff() {
    for (int address = 0; address < 20; address++) {
      TestListeners many = listeners().on(address).cutOff();
      int first = 20000 * address;
      IntStream.range(1, 20000).forEach(i -> many.add(first + i, i));
      scan(many);
    }

    assertThat(tracker.remembered()).isLessThan(160000);
  }

  @Test
  void whoFindsNoPlaceIsFoldedUntilOneIsFree() {
    ListenerFigures full =
        scan(listeners().add(1, 80).add(2, 81).add(3, 82).add(4, 83, 2, 9, 0).add(5, 84));
    assertThat(ports(full)).containsExactly("80", "81", "82", "other");
    assertThat(full.foldedListeners()).isEqualTo(2);
    assertThat(group(full, "other").address()).isEqualTo("other");
    assertThat(group(full, "other").acceptQueueUtilization()).hasValue(0.2);

    ListenerFigures free = scan(listeners().add(1, 80).add(3, 82).add(4, 83).add(5, 84));
    assertThat(ports(free)).containsExactly("80", "82", "other");
    ListenerFigures moved = scan(listeners().add(1, 80).add(3, 82).add(4, 83).add(5, 84));
    assertThat(ports(moved)).containsExactly("80", "82", "83", "other");
    assertThat(moved.foldedListeners()).isEqualTo(1);
  }

  /** For a Prometheus keeps what has been, and one that is restarted has the labels it had. */
  @Test
  void listenersThatComeAndGoMakeNoSeriesWithoutEnd() {
    Set<String> labels = new TreeSet<>();
    int others = 0;
    for (int i = 0; i < 1000; i++) {
      TestListeners listeners = listeners().add(-1 - i, 1000 + i);
      List<String> ports = ports(scan(i % 10 == 9 ? listeners : listeners.add(1 + i / 10, 80)));
      labels.addAll(ports);
      others += ports.contains("other") ? 1 : 0;
      assertThat(ports.contains("80")).isEqualTo(i % 10 != 9);
    }
    assertThat(labels).hasSizeLessThanOrEqualTo(2 * 3 + 1).contains("80", "other");
    assertThat(others).isGreaterThan(990);

    now += HOUR;
    assertThat(ports(scan(listeners().add(5000, 9999)))).containsExactly("9999");
  }

  @Test
  void theCounterOfTheFoldedOnlyGrows() {
    scan(listeners().add(1, 80).add(2, 81).add(3, 82).add(4, 83).add(5, 84));
    ListenerFigures first =
        scan(listeners().add(1, 80).add(2, 81).add(3, 82).add(4, 83, 0, 9, 7).add(5, 84, 0, 9, 1));
    assertThat(drops(first, "other")).isEqualTo(8);

    ListenerFigures later = scan(listeners().add(1, 80).add(2, 81).add(3, 82).add(5, 84, 0, 9, 2));
    assertThat(drops(later, "other")).isEqualTo(9);
  }

  @Test
  void aPortThatTheKernelMayHavePickedHasNoLabelForTenMinutes() {
    TestListeners listeners = listeners().add(1, 40000).add(2, 40001).add(3, 80);
    assertThat(ports(scan(listeners))).containsExactly("ephemeral", "80");
    assertThat(group(scan(listeners), "ephemeral").sockets()).isEqualTo(2);

    now += GroupLimiter.PROBATION;
    scan(listeners);
    assertThat(ports(scan(listeners))).containsExactly("80", "40000", "40001");
  }

  @Test
  void anIncludedPortHasItsLabelAtOnce() {
    tracker = tracker(3, PortSet.parse("40000-40009"));

    assertThat(ports(scan(listeners().add(1, 40000).add(2, 40010))))
        .containsExactly("40000", "ephemeral");
  }

  @Test
  void thePeakIsTheHighestOfTheLastMinute() {
    poll(0, listeners().add(1, 80, 9, 9, 0));
    poll(30, listeners().add(1, 80, 5, 9, 0));
    poll(20, listeners().add(1, 80, 2, 9, 0));
    assertThat(group(scan(listeners().add(1, 80)), "80").acceptQueuePeakUtilization())
        .hasValue(0.9);

    now += 20 * SECOND;
    assertThat(group(scan(listeners().add(1, 80)), "80").acceptQueuePeakUtilization())
        .hasValue(0.5);
    now += 60 * SECOND;
    assertThat(group(scan(listeners().add(1, 80)), "80").acceptQueuePeakUtilization()).hasValue(0);
  }

  @Test
  void timeAtFullIsWhatThePollsSawAndNoGapIsCredited() {
    poll(0, listeners().add(1, 80, 0, 9, 0));
    for (int i = 0; i < 8; i++) {
      poll(0.25, listeners().add(1, 80, 10, 9, 0));
    }
    poll(0.5, listeners().add(1, 80, 5, 9, 0));
    poll(7, listeners().add(1, 80, 10, 9, 0));
    ListenerFigures figures = show(listeners().add(1, 80));

    assertThat(group(figures, "80").acceptQueueFullSeconds()).hasValue(2);
    assertThat(group(figures, "80").acceptQueueUtilizationSeconds().orElseThrow())
        .isCloseTo(2 + 0.25, within(1e-9));
    assertThat(group(figures, "80").acceptQueueLengthSeconds().orElseThrow())
        .isCloseTo(2 * 10 + 0.5 * 5, within(1e-9));
    assertThat(figures.observedSeconds()).hasValue(2.5);
  }

  @Test
  void throughProcNothingIsObserved() {
    poll(0, listeners().add(1, 80));
    poll(0.5, listeners().add(77, 80).throughProc());
    poll(0.5, listeners().add(77, 80).throughProc());
    poll(0.5, listeners().add(1, 80));
    poll(0.5, listeners().add(1, 80));

    assertThat(show(listeners().add(1, 80)).observedSeconds()).hasValue(0.5);
  }

  @Test
  void aListenerThatIsGoneBeforeTheNextScanLeavesItsDropsAndItsTime() {
    scan(listeners().add(1, 80));
    poll(0.5, listeners().add(1, 80).add(2, 81, 10, 9, 0));
    poll(0.5, listeners().add(1, 80).add(2, 81, 10, 9, 4));
    poll(0.5, listeners().add(1, 80));
    assertThat(ports(show(listeners().add(1, 80)))).containsExactly("80");

    ListenerGroup back = group(scan(listeners().add(1, 80).add(3, 81, 0, 9, 1)), "81");
    assertThat(back.drops()).hasValue(5);
    assertThat(back.acceptQueueFullSeconds()).hasValue(1);
  }

  @Test
  void listenersThatShareALabelAreFullWhileAnyOfThemIs() {
    tracker = tracker(1, PortSet.NONE);
    TestListeners rest = listeners().add(1, 80).add(2, 81).add(3, 82);
    scan(rest);
    poll(0.5, listeners().add(1, 80).add(2, 81, 10, 9, 0).add(3, 82, 10, 9, 0));
    poll(0.5, listeners().add(1, 80).add(2, 81, 0, 9, 0).add(3, 82, 10, 9, 0));
    ListenerGroup other = group(show(rest), "other");

    assertThat(other.acceptQueueFullSeconds()).hasValue(1);
    assertThat(other.acceptQueueUtilizationSeconds()).hasValue(1);
    assertThat(other.acceptQueueLengthSeconds()).hasValue(10 + 5);
    assertThat(other.acceptQueuePeakUtilization()).hasValue(1);
  }

  @Test
  void aListenerThatGetsItsLabelTakesNothingOfTheOthersAlong() {
    TestListeners full = listeners().add(1, 40000, 10, 9, 3).add(2, 40001, 10, 9, 0);
    scan(listeners().add(1, 40000));
    now += GroupLimiter.PROBATION - 2 * SECOND;
    scan(listeners().add(1, 40000).add(2, 40001));
    poll(0.5, full);
    assertThat(group(show(full), "ephemeral").acceptQueueFullSeconds()).hasValue(0.5);

    poll(0.5, full);
    show(full);
    poll(0.5, full);
    ListenerFigures figures = show(full);
    assertThat(group(figures, "40000").acceptQueueFullSeconds()).hasValue(0.5);
    assertThat(group(figures, "40000").drops()).hasValue(0);
    assertThat(group(figures, "ephemeral").acceptQueueFullSeconds()).hasValue(1.5);
    assertThat(group(figures, "ephemeral").drops()).hasValue(3);
  }

  @Test
  void thousandsThatComeAndGoLeaveNothingBehind() {
    tracker = tracker(10, PortSet.NONE);
    for (int round = 0; round < 200; round++) {
      TestListeners many = listeners().add(1, 80, 0, 9, round);
      int first = 1000 * round;
      IntStream.range(0, 1000).forEach(i -> many.add(2 + first + i, 1024 + i));
      assertThat(ports(scan(many))).hasSize(11).startsWith("80").endsWith("other");
    }

    ListenerFigures alone = scan(listeners().add(1, 80, 0, 9, 200));
    assertThat(ports(alone)).containsExactly("80");
    assertThat(drops(alone, "80")).isEqualTo(200);
    assertThat(tracker.remembered()).isEqualTo(1);
  }

  /** Twenty thousand addresses would be 800 kB each time. */
  @Test
  void whatIsSampledOfManyListenersIsReadWithoutGarbage() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    TestListeners many = listeners();
    IntStream.range(0, 20_000).forEach(i -> many.add(1_000_000 + i, 1 + i % 30_000));
    tracker = tracker(500, PortSet.NONE);
    scan(many);
    LongFunction<ListenerTracker> trackers = cookie -> tracker;
    memory.read(samples, trackers, now);
    long before = threads.getCurrentThreadAllocatedBytes();
    memory.read(samples, trackers, now);

    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(20_000);
  }
}
