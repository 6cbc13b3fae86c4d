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
  private final OwnScanner own;
  private final ProcScanner others;
  private final Source requested;

  /** Null where there is no program, or none is wanted. */
  private final @Nullable BpfScanner bpf;

  private final SourceReason missing;

  /**
   * A scanner of a node.
   *
   * @param scanner of the own namespace
   * @param environment what the launcher has loaded: {@link BpfProgram}
   */
  public NodeScanner(
      NativeScanner scanner, EveryNamespace settings, Map<String, String> environment) {
    own = new OwnScanner(scanner);
    others = new ProcScanner(scanner, new CpuBudget(settings.coreShare(), System::nanoTime));
    requested = settings.source();
    missing = BpfProgram.missing(environment);
    bpf =
        requested == Source.PROC
            ? null
            : BpfProgram.in(environment)
                .map(program -> new BpfScanner(program, requested == Source.BPF, scanner))
                .orElse(null);
  }

  @Override
  public Result scan(Consumer<Scanned> reader) {
    if (requested == Source.PROC) {
      return scanThroughProc(reader, new SourceUsed(Source.PROC, SourceReason.REQUESTED, ""));
    }
    if (bpf == null) {
      refuseWithoutProgram();
      return scanThroughProc(reader, withoutProgram(Source.PROC));
    }
    try {
      return bpf.scan(reader);
    } catch (ScanException e) {
      if (requested == Source.BPF) {
        throw e;
      }
      return scanThroughProc(reader, insteadOfBpf(Source.PROC, e.errno()).orElseThrow(() -> e));
    }
  }

  private Result scanThroughProc(Consumer<Scanned> reader, SourceUsed source) {
    own.scan(reader);
    Set<Long> alive = others.scan(reader);
    alive.add(NamespaceTracker.OWN);
    return new Result(source, alive, 0);
  }

  /** Through proc a listener has no limit, so other namespaces are not worth the walks. */
  @Override
  public SourceUsed scanListeners(ListenerReader reader) {
    if (requested == Source.PROC) {
      return own.scanListeners(reader);
    }
    if (bpf == null) {
      refuseWithoutProgram();
      return withoutProgram(own.scanListeners(reader).source());
    }
    if (requested == Source.BPF) {
      return bpf.scanListeners(reader);
    }
    // A poll comes four times a second: a refusal that lasts must not cost an exception each.
    int status = bpf.tryListeners(reader);
    if (status == 0) {
      return bpf.source();
    }
    if (Refusal.of(-status).isEmpty()) {
      throw BpfScanner.failure(-status);
    }
    return insteadOfBpf(own.scanListeners(reader).source(), -status).orElseThrow();
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
