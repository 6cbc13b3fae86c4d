package io.synoptic;

import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** Scans the network namespace of this process and no other. */
final class OwnNamespace implements NamespaceScanner {
  private static final Set<Long> ALIVE = Set.of(Namespaces.OWN);

  private final SocketScanner scanner;

  OwnNamespace(SocketScanner scanner) {
    this.scanner = scanner;
  }

  @Override
  public Result scan(Consumer<Scanned> reader) {
    SourceUsed source =
        scanner.scan(
            (counts, listeners) -> {
              reader.accept(new Scanned(Namespaces.OWN, 0, 0, 0, counts, listeners, Map.of()));
              return counts.source();
            });
    return new Result(source, ALIVE, 0);
  }

  @Override
  public SourceUsed scanListeners(BiConsumer<Long, ListenerTable> reader) {
    return scanner.scanListeners(table -> reader.accept(Namespaces.OWN, table));
  }
}
