package io.synoptic;

import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Scans every network namespace of the host, from the best source that works: bpf, else this
 * process' own namespace as ever and the others through proc. Every scan tries bpf first.
 */
final class WholeNode implements NamespaceScanner {
  private final OwnNamespace own;
  private final NamespaceTurns turns;
  private final Source requested;

  /** Null where there is no program, or none is wanted. */
  private final BpfScanner bpf;

  private final SourceReason missing;

  /**
   * A scanner of a node.
   *
   * @param scanner of the own namespace
   * @param environment where the launcher says what it has loaded
   */
  WholeNode(SocketScanner scanner, EveryNamespace settings, Map<String, String> environment) {
    own = new OwnNamespace(scanner);
    turns = new NamespaceTurns(scanner, new CpuBudget(settings.coreShare(), System::nanoTime));
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
      return scanInTurns(reader, new SourceUsed(Source.PROC, SourceReason.REQUESTED, ""));
    }
    try {
      return bpf().scan(reader);
    } catch (ScanException e) {
      SourceReason reason = refusal(e);
      return scanInTurns(reader, insteadOfBpf(Source.PROC, reason, e));
    }
  }

  private Result scanInTurns(Consumer<Scanned> reader, SourceUsed source) {
    own.scan(reader);
    Set<Long> alive = turns.scan(reader);
    alive.add(Namespaces.OWN);
    return new Result(source, alive, 0);
  }

  /** Through proc a listener has no limit, so other namespaces are not worth the walks. */
  @Override
  public SourceUsed scanListeners(BiConsumer<Long, ListenerTable> reader) {
    if (requested == Source.PROC) {
      return own.scanListeners(reader);
    }
    try {
      return bpf().scanListeners(reader);
    } catch (ScanException e) {
      SourceReason reason = refusal(e);
      return insteadOfBpf(own.scanListeners(reader).source(), reason, e);
    }
  }

  private BpfScanner bpf() {
    if (bpf == null) {
      throw new ScanException("TCP sockets can't be read. " + BpfProgram.advice(missing));
    }
    return bpf;
  }

  /** Why bpf can't be had; fails with {@code failure} if no other source is to be taken. */
  private SourceReason refusal(ScanException failure) {
    if (requested == Source.BPF) {
      throw failure;
    }
    return bpf == null ? missing : SourceReason.refusal(failure.errno()).orElseThrow(() -> failure);
  }

  private SourceUsed insteadOfBpf(Source taken, SourceReason reason, ScanException failure) {
    return new SourceUsed(
        taken,
        reason,
        bpf == null ? BpfProgram.advice(missing) : Errno.describe(Source.BPF, failure.errno()));
  }
}
