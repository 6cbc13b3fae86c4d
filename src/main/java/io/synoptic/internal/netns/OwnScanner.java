package io.synoptic.internal.netns;

import io.synoptic.SocketSnapshot;
import io.synoptic.SourceUsed;
import io.synoptic.internal.ffi.ListenerTable;
import io.synoptic.internal.ffi.NativeScanner;
import io.synoptic.internal.ffi.SamplerBuffer;
import io.synoptic.internal.procfs.Sockstat;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Scans the network namespace of this process and no other. */
public final class OwnScanner implements NamespaceScanner {
  private static final Set<Long> ALIVE = Set.of(NamespaceTracker.OWN);

  private final NativeScanner scanner;
  private final boolean adding;
  private final SamplerBuffer samples;

  /**
   * A scanner of the own namespace.
   *
   * @param adding whether scans are added to the samples, because nothing polls
   */
  public OwnScanner(NativeScanner scanner, boolean adding) {
    this.scanner = scanner;
    this.adding = adding;
    samples = scanner.newSampler();
  }

  @Override
  public Result scan(Sockstat own, Consumer<Scanned> reader) {
    long start = System.nanoTime();
    SourceUsed source =
        scanner.scan(
            own,
            (builder, listeners) -> {
              SocketSnapshot sockets = builder.build();
              add(listeners, start);
              reader.accept(
                  new Scanned(NamespaceTracker.OWN, 0, 0, 0, sockets, listeners, Map.of(), own));
              return sockets.source();
            });
    return new Result(source, ALIVE, 0);
  }

  /**
   * Scans the listeners alone, and passes them on.
   *
   * @throws ScanException if the scan failed or took longer than the timeout
   */
  public SourceUsed scanListeners(Consumer<ListenerTable> reader) {
    long start = System.nanoTime();
    return scanner.scanListeners(
        listeners -> {
          add(listeners, start);
          reader.accept(listeners);
        });
  }

  private void add(ListenerTable listeners, long start) {
    if (adding) {
      samples.add(listeners, start);
    }
  }

  @Override
  public void sample(Duration interval) {
    scanner.sample(samples, interval);
  }

  @Override
  public void ask() {
    samples.ask();
  }

  @Override
  public void readSamples(SampleReader reader) {
    reader.read(samples, cookie -> NamespaceTracker.OWN);
  }

  @Override
  public Polls polls() {
    return new Polls(
        samples.polls(),
        samples.pollNanos(),
        samples.newest(),
        scanner.source(samples),
        samples.failure());
  }
}
