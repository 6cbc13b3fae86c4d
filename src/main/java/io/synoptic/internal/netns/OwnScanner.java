package io.synoptic.internal.netns;

import io.synoptic.SocketSnapshot;
import io.synoptic.SourceUsed;
import io.synoptic.internal.ffi.NativeScanner;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Scans the network namespace of this process and no other. */
public final class OwnScanner implements NamespaceScanner {
  private static final Set<Long> ALIVE = Set.of(NamespaceTracker.OWN);

  private final NativeScanner scanner;

  public OwnScanner(NativeScanner scanner) {
    this.scanner = scanner;
  }

  @Override
  public Result scan(Consumer<Scanned> reader) {
    SourceUsed source =
        scanner.scan(
            (builder, listeners) -> {
              SocketSnapshot sockets = builder.build();
              reader.accept(
                  new Scanned(NamespaceTracker.OWN, 0, 0, 0, sockets, listeners, Map.of()));
              return sockets.source();
            });
    return new Result(source, ALIVE, 0);
  }

  @Override
  public SourceUsed scanListeners(ListenerReader reader) {
    return scanner.scanListeners(table -> reader.read(NamespaceTracker.OWN, table));
  }
}
