package io.synoptic;

import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Scans network namespaces: this process' own, or all. Each goes by a key that no other ever has in
 * the same run; {@link Namespaces#OWN} is the own one's.
 */
interface NamespaceScanner {
  /**
   * What a scan says of one namespace. The table is valid while it is passed on.
   *
   * @param inode the number that {@code /proc/<pid>/ns/net} shows; 0 if unknown
   * @param pid a process in it; 0 if none is known
   * @param owner the uid of the user it belongs to; -1 if nobody tells
   * @param limits by the names of {@link NamespaceCounters}, as far as the source tells them
   */
  record Scanned(
      long key,
      long inode,
      int pid,
      int owner,
      SocketCounts counts,
      ListenerTable listeners,
      Map<String, Double> limits) {}

  /**
   * What a scan says of all together.
   *
   * @param alive every namespace there is, scanned this time or not
   * @param unlisted namespaces there was no room for
   */
  record Result(SourceUsed source, Set<Long> alive, long unlisted) {}

  /**
   * Scans all sockets, and passes on the namespaces.
   *
   * @throws ScanException if the scan failed or took longer than the timeout
   */
  Result scan(Consumer<Scanned> reader);

  /**
   * Scans the listeners alone, and passes on those of each namespace. May be called while a scan of
   * all sockets runs.
   *
   * @throws ScanException if the scan failed or took longer than the timeout
   */
  SourceUsed scanListeners(BiConsumer<Long, ListenerTable> reader);
}
