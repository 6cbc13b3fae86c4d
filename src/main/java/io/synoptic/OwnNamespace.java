package io.synoptic;

import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Scans the network namespace of this process and no other. */
final class OwnNamespace implements NamespaceScanner {
  private static final Set<Long> ALIVE = Set.of(Namespaces.OWN);

  private final NativeScanner scanner;

  OwnNamespace(NativeScanner scanner) {
    this.scanner = scanner;
  }

  @Override
  public Result scan(Consumer<Scanned> reader) {
    SourceUsed source =
        scanner.scan(
            (builder, listeners) -> {
              SocketSnapshot sockets = builder.build();
              reader.accept(new Scanned(Namespaces.OWN, 0, 0, 0, sockets, listeners, Map.of()));
              return sockets.source();
            });
    return new Result(source, ALIVE, 0);
  }

  @Override
  public SourceUsed scanListeners(ListenerReader reader) {
    return scanner.scanListeners(table -> reader.read(Namespaces.OWN, table));
  }
}
