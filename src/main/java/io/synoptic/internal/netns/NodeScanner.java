package io.synoptic.internal.netns;

import io.synoptic.EveryNamespace;
import io.synoptic.ScanException;
import io.synoptic.Source;
import io.synoptic.SourceReason;
import io.synoptic.SourceUsed;
import io.synoptic.internal.ffi.BpfProgram;
import io.synoptic.internal.ffi.Errno;
import io.synoptic.internal.ffi.NativeScanner;
import io.synoptic.internal.ffi.Refusal;
import io.synoptic.internal.limits.CpuBudget;
import io.synoptic.internal.procfs.Sockstat;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Scans every network namespace of the host, from the best source that works: bpf, else this
 * process' own namespace as ever and the others through proc. Every scan tries bpf first.
 */
public final class NodeScanner implements NamespaceScanner {
  /** Of the budget. */
  private static final int SAVED_SECONDS = 10;

  private final OwnScanner own;
  private final CpuBudget budget;
  private final ProcScanner others;
  private final Source requested;

  /** Null where there is no program, or none is wanted. */
  private final @Nullable BpfScanner bpf;

  private final SourceReason missing;

  /** The errno of the last call that polls through bpf, if it was refused; else 0. */
  private volatile int refused;

  /**
   * A scanner of a node.
   *
   * @param own of the own namespace
   * @param scanner what it scans with
   * @param adding whether scans are added to the samples, because nothing polls
   * @param environment what the launcher has loaded: {@link BpfProgram}
   */
  public NodeScanner(
      OwnScanner own,
      NativeScanner scanner,
      boolean adding,
      EveryNamespace settings,
      Map<String, String> environment) {
    this.own = own;
    budget = new CpuBudget(settings.coreShare(), SAVED_SECONDS, System::nanoTime);
    others = new ProcScanner(scanner, budget);
    requested = settings.source();
    missing = BpfProgram.missing(environment);
    bpf =
        requested == Source.PROC
            ? null
            : BpfProgram.in(environment)
                .map(program -> new BpfScanner(program, requested == Source.BPF, scanner, adding))
                .orElse(null);
  }

  @Override
  public Result scan(Sockstat ofOwn, Consumer<Scanned> reader) {
    if (requested == Source.PROC) {
      return scanThroughProc(
          ofOwn, reader, new SourceUsed(Source.PROC, SourceReason.REQUESTED, ""));
    }
    if (bpf == null) {
      refuseWithoutProgram();
      return scanThroughProc(ofOwn, reader, withoutProgram(Source.PROC));
    }
    try {
      return bpf.scan(ofOwn, reader);
    } catch (ScanException e) {
      if (requested == Source.BPF) {
        throw e;
      }
      return scanThroughProc(
          ofOwn, reader, insteadOfBpf(Source.PROC, e.errno()).orElseThrow(() -> e));
    }
  }

  private Result scanThroughProc(Sockstat ofOwn, Consumer<Scanned> reader, SourceUsed source) {
    own.scan(ofOwn, reader);
    Set<Long> alive = others.scan(reader);
    alive.add(NamespaceTracker.OWN);
    return new Result(source, alive, 0);
  }

  /** Through proc a listener has no limit, so other namespaces are not worth the walks. */
  @Override
  public void sample(Duration interval) {
    refused = 0;
    if (bpf == null) {
      if (requested != Source.PROC) {
        refuseWithoutProgram();
      }
      own.sample(interval);
      return;
    }
    try {
      bpf.sample(interval);
    } catch (ScanException e) {
      if (requested == Source.BPF || Refusal.of(e.errno()).isEmpty()) {
        throw e;
      }
      refused = e.errno();
      own.sample(interval);
    }
  }

  @Override
  public void ask() {
    if (bpf != null) {
      bpf.ask();
    }
    own.ask();
  }

  @Override
  public void readSamples(SampleReader reader) {
    if (bpf != null) {
      bpf.readSamples(reader);
    }
    own.readSamples(reader);
  }

  @Override
  public Polls polls() {
    Polls owns = own.polls();
    if (requested == Source.PROC) {
      return owns;
    }
    if (bpf == null) {
      return owns.from(withoutProgram(owns.source().source()));
    }
    Polls all = bpf.polls();
    int errno = refused;
    return errno == 0
        ? all.plus(owns)
        : owns.from(insteadOfBpf(owns.source().source(), errno).orElseThrow()).plus(all);
  }

  /**
   * The key of the namespace with a cookie, as the last scan through bpf has found it.
   *
   * @throws IllegalStateException if bpf is not to be read, or can't be
   */
  public long key(long cookie) {
    if (bpf == null) {
      throw new IllegalStateException("only bpf knows the cookies of namespaces");
    }
    return bpf.key(cookie);
  }

  /** What scans have taken of the budget for other namespaces, in nanoseconds of CPU time. */
  public long budgetedNanos() {
    return budget.spent();
  }

  private void refuseWithoutProgram() {
    if (requested == Source.BPF) {
      throw new ScanException("TCP sockets can't be read. " + BpfProgram.advice(missing));
    }
  }

  private SourceUsed withoutProgram(Source taken) {
    return new SourceUsed(taken, missing, BpfProgram.advice(missing));
  }

  /** Empty for a timeout or a shortage, after which bpf may answer the next time. */
  private static Optional<SourceUsed> insteadOfBpf(Source taken, int errno) {
    return Refusal.of(errno)
        .map(reason -> new SourceUsed(taken, reason, Errno.describe(Source.BPF, errno)));
  }
}
