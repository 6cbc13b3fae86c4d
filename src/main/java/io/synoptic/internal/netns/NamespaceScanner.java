package io.synoptic.internal.netns;

import io.synoptic.KernelCounter;
import io.synoptic.SocketSnapshot;
import io.synoptic.SourceUsed;
import io.synoptic.internal.ffi.ListenerTable;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Scans network namespaces: this process' own, or all. Each goes by a key that no other ever has in
 * the same run; {@link NamespaceTracker#OWN} is the own one's.
 */
public interface NamespaceScanner {
  /** Takes the listeners of one namespace. */
  @FunctionalInterface
  interface ListenerReader {
    /**
     * Takes them.
     *
     * @param listeners valid until this returns
     */
    void read(long key, ListenerTable listeners);
  }

  /**
   * What a scan says of one namespace. The table is valid while it is passed on.
   *
   * @param inode the number that {@code /proc/<pid>/ns/net} shows; 0 if unknown
   * @param pid a process in it; 0 if none is known
   * @param owner the uid of the user it belongs to; -1 if unknown
   * @param limits the sysctls that the source has
   */
  record Scanned(
      long key,
      long inode,
      int pid,
      int owner,
      SocketSnapshot sockets,
      ListenerTable listeners,
      Map<KernelCounter, Double> limits) {}

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
  SourceUsed scanListeners(ListenerReader reader);
}
