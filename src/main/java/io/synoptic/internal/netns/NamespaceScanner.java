package io.synoptic.internal.netns;

import io.synoptic.KernelCounter;
import io.synoptic.ScanException;
import io.synoptic.SocketSnapshot;
import io.synoptic.SourceUsed;
import io.synoptic.internal.ffi.ListenerTable;
import io.synoptic.internal.ffi.SamplerBuffer;
import io.synoptic.internal.procfs.Sockstat;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongUnaryOperator;

/**
 * Scans network namespaces: this process' own, or all. Each goes by a key that no other ever has in
 * the same run; {@link NamespaceTracker#OWN} is the own one's.
 */
public interface NamespaceScanner {
  /** Takes what polls of the listeners add up to. */
  @FunctionalInterface
  interface SampleReader {
    /**
     * Takes it.
     *
     * @param samples the same one each time; valid until this returns
     * @param key of the namespace with a cookie
     */
    void read(SamplerBuffer samples, LongUnaryOperator key);
  }

  /**
   * How polls have gone.
   *
   * @param polls since the start, good or not
   * @param nanos that they took together
   * @param newest when the newest good one began, by {@link System#nanoTime()}; 0: there was none
   * @param source what it read from
   * @param failure why the last one failed; empty if it succeeded
   */
  record Polls(
      long polls, long nanos, long newest, SourceUsed source, Optional<ScanException> failure) {

    Polls from(SourceUsed other) {
      return new Polls(polls, nanos, newest, other, failure);
    }

    /** With polls of another kind from before or in between. */
    Polls plus(Polls others) {
      return new Polls(polls + others.polls, nanos + others.nanos, newest, source, failure);
    }
  }

  /**
   * What a scan says of one namespace. The table is valid while it is passed on.
   *
   * @param inode the number that {@code /proc/<pid>/ns/net} shows; 0 if unknown
   * @param pid a process in it; 0 if none is known
   * @param owner the uid of the user it belongs to; -1 if unknown
   * @param limits the sysctls that the source has
   * @param sockstat the kernel's own count
   */
  record Scanned(
      long key,
      long inode,
      int pid,
      int owner,
      SocketSnapshot sockets,
      ListenerTable listeners,
      Map<KernelCounter, Double> limits,
      Sockstat sockstat) {}

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
   * @param own sockstat of the own namespace, not asked yet
   * @throws ScanException if the scan failed or took longer than the timeout
   */
  Result scan(Sockstat own, Consumer<Scanned> reader);

  /**
   * Polls the listeners until it is asked. May be called while a scan of all sockets runs.
   *
   * @param interval from one poll to the next; longer if they take more than a hundredth of a core
   * @throws ScanException if a poll was refused
   */
  void sample(Duration interval);

  /** Lets {@link #sample} poll once more and return. */
  void ask();

  /** Passes on what the polls add up to, or the scans where nothing polls. */
  void readSamples(SampleReader reader);

  /** How the polls have gone. */
  Polls polls();
}
