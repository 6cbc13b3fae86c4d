package io.synoptic.internal.listeners;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.CollectorReport;
import io.synoptic.PortSet;
import io.synoptic.ScanException;
import io.synoptic.Source;
import io.synoptic.SourceReason;
import io.synoptic.SourceUsed;
import io.synoptic.internal.ffi.NativeScanner;
import io.synoptic.internal.netns.NamespaceScanner;
import io.synoptic.internal.netns.NamespaceTracker;
import io.synoptic.internal.netns.OwnScanner;
import io.synoptic.internal.procfs.Sockstat;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class SamplerTest {
  private static final Duration NEVER = Duration.ofHours(1);

  private static ListenerTrackers trackers() {
    return new ListenerTrackers(500, PortSet.NONE, true);
  }

  private static OwnScanner own() {
    return new OwnScanner(
        new NativeScanner(Source.AUTO, Path.of("/proc"), Duration.ofSeconds(10), 1000), false);
  }

  /** A source that is refused at first, and then has nothing to say. */
  private static final class Refused implements NamespaceScanner {
    private final Semaphore asked = new Semaphore(0);
    private volatile boolean refused = true;

    @Override
    public Result scan(Sockstat own, Consumer<Scanned> reader) {
      throw new AssertionError("nobody scans all sockets");
    }

    @Override
    public void sample(Duration interval) {
      if (refused) {
        throw new ScanException("no listeners for you", 13, Map.of());
      }
      asked.acquireUninterruptibly();
    }

    @Override
    public void ask() {
      asked.release();
    }

    @Override
    public void readSamples(SampleReader reader) {}

    @Override
    public Polls polls() {
      SourceUsed source = new SourceUsed(Source.SOCK_DIAG, SourceReason.BEST, "");
      return new Polls(1, 1000, refused ? 0 : System.nanoTime(), source, Optional.empty());
    }
  }

  @Test
  void whoAsksGetsWhatIsSoNowNotWhatTheNextPollWillSee() throws Exception {
    ListenerTrackers trackers = trackers();
    OwnScanner scanner = own();
    try (Sampler sampler = new Sampler(scanner, trackers);
        ServerSocket listener = new ServerSocket(0)) {
      sampler.start(NEVER);
      long before = sampler.collect().scans();
      CollectorReport report = sampler.collect();

      assertThat(report.scans()).isGreaterThan(before);
      assertThat(report.failure()).isEmpty();
      assertThat(report.isGood(Duration.ofSeconds(10))).isTrue();
      scanner.scanListeners(table -> trackers.scanned(NamespaceTracker.OWN, table, 0));
      sampler.collect();
      assertThat(trackers.figures(NamespaceTracker.OWN).groups())
          .isNotEmpty()
          .allMatch(group -> group.acceptQueueFullSeconds().isPresent());
      assertThat(listener.isBound()).isTrue();
    }
  }

  @Test
  void aRefusalIsReportedAndPollingGoesOnOnceItIsAllowed() {
    Refused scanner = new Refused();
    try (Sampler sampler = new Sampler(scanner, trackers())) {
      sampler.start(Duration.ofMillis(10));
      CollectorReport refused = sampler.collect();
      assertThat(refused.failure().orElseThrow()).hasMessage("no listeners for you");
      assertThat(refused.source()).isEmpty();

      scanner.refused = false;
      CollectorReport allowed = sampler.collect();
      while (allowed.failure().isPresent()) {
        allowed = sampler.collect();
      }
      assertThat(allowed.source()).isPresent();
    }
  }

  @Test
  void closedItKeepsItsLastReport() throws Exception {
    Sampler sampler = new Sampler(own(), trackers());
    sampler.start(NEVER);
    long scans = sampler.collect().scans();
    sampler.close();

    assertThat(sampler.collect().scans()).isGreaterThanOrEqualTo(scans);
    while (Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals("synoptic-listeners"))) {
      Thread.sleep(10);
    }
    assertThat(sampler.collect().scans()).isGreaterThanOrEqualTo(scans);
  }

  @Test
  void withoutASamplerThereAreNoPolls() {
    try (Sampler sampler = new Sampler(own(), trackers())) {
      assertThat(sampler.collect().scans()).isZero();
    }
  }
}
