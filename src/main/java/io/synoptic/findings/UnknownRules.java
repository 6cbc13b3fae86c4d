package io.synoptic.findings;

import io.synoptic.Collector;
import io.synoptic.HandshakeHealth;
import io.synoptic.KernelCounter;
import io.synoptic.ListenerFigures;
import io.synoptic.NamespaceReport;
import io.synoptic.NetworkNamespace;
import io.synoptic.ScanBudget;
import io.synoptic.ScanReport;
import io.synoptic.SocketSnapshot;
import io.synoptic.Source;
import io.synoptic.SourceUsed;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** What can't be known, so that silence is not taken for health. */
final class UnknownRules {
  private UnknownRules() {}

  /** Of a host: there are figures, of these collectors. */
  static void find(ScanReport report, Set<Collector> fresh, Consumer<Unknown> unknown) {
    budget(report, unknown);
    source(report, unknown);
    sockets(report, unknown);
    listeners(report, unknown);
    handshakes(report, fresh, unknown);
    counters(report, fresh, unknown);
    report
        .unlistedNamespaces()
        .ifPresent(
            many -> {
              if (many > 0) {
                unknown.accept(
                    new Unknown(
                        many + " network namespaces",
                        "There was no room for them: raise --netns.max, or leave some out with"
                            + " --netns.exclude."));
              }
            });
  }

  /** There are no figures, or they are too old. */
  static Unknown everything(ScanReport report) {
    String why =
        report
            .scan()
            .failure()
            .map(Throwable::getMessage)
            .orElse(
                report.scan().takenAt().isPresent()
                    ? "No scan has ended lately."
                    : "No scan has ended yet.");
    return new Unknown("everything", why);
  }

  /** Through proc, namespaces are read one after the other, as the budget allows. */
  static Unknown old(int namespaces, Duration maxAge) {
    return new Unknown(
        namespaces + " network namespaces",
        "Their figures are older than "
            + Text.seconds(maxAge.toSeconds())
            + ": raise --netns.cpu-budget, or leave some out with --netns.exclude.");
  }

  private static void budget(ScanReport report, Consumer<Unknown> unknown) {
    report
        .budget()
        .filter(ScanBudget::isExceeded)
        .ifPresent(
            budget -> {
              String apart = Text.seconds(Math.max(1, budget.interval().toSeconds()));
              unknown.accept(
                  new Unknown(
                      "what lasts less than " + apart,
                      "Scans are that far apart, so that they take no more than "
                          + budget.percent()
                          + " % of a core: raise --scan.cpu-budget to see more."));
            });
  }

  private static void source(ScanReport report, Consumer<Unknown> unknown) {
    Optional<SourceUsed> used = report.scan().source();
    if (used.isPresent() && used.get().source() == Source.PROC) {
      String obstacle = used.get().obstacle();
      unknown.accept(
          new Unknown(
              "limits and drops of listeners, owners, ages of CLOSE_WAIT",
              "/proc/net/tcp does not have them, and is read because "
                  + (obstacle.isEmpty() ? "it was asked for." : obstacle)));
    }
  }

  private static void sockets(ScanReport report, Consumer<Unknown> unknown) {
    if (!report.collectors().containsKey(Collector.SOCKETS)) {
      unknown.accept(
          new Unknown("connections, SYN queues", "The collector is off (--no-collector.sockets)."));
      return;
    }
    List<NamespaceReport> cutOff =
        report.namespaces().stream()
            .filter(
                namespace ->
                    namespace.sockets().map(SocketSnapshot::unlistedListeners).orElse(0L) > 0)
            .toList();
    if (!cutOff.isEmpty()) {
      unknown.accept(
          new Unknown(
              "outbound connections" + of(cutOff),
              "A scan had no room for all listeners, so their connections can't be separated."));
    }
  }

  private static void listeners(ScanReport report, Consumer<Unknown> unknown) {
    if (!report.collectors().containsKey(Collector.LISTENERS)) {
      unknown.accept(
          new Unknown("accept queues", "The collector is off (--no-collector.listeners)."));
      return;
    }
    Optional<ListenerFigures> own = report.own().listeners();
    if (own.isPresent() && own.get().observedSeconds().isEmpty()) {
      unknown.accept(
          new Unknown(
              "accept queues between scans",
              "There is no sampler, so bursts are missed: set --listener.interval=250ms."));
    }
    long folded =
        report.namespaces().stream()
            .mapToLong(
                namespace -> namespace.listeners().map(ListenerFigures::foldedListeners).orElse(0L))
            .sum();
    if (folded > 0) {
      unknown.accept(
          new Unknown(
              folded + " listeners by themselves",
              "They are counted together as other: raise --listener.max."));
    }
  }

  private static void handshakes(
      ScanReport report, Set<Collector> fresh, Consumer<Unknown> unknown) {
    if (fresh.contains(Collector.HANDSHAKES)) {
      return;
    }
    String advice = report.handshakes().map(HandshakeHealth::advice).orElse("");
    String why =
        !report.collectors().containsKey(Collector.HANDSHAKES)
            ? "They are not counted: start the agent with --collector.handshakes, by the launcher as"
                + " root."
            : !advice.isEmpty()
                ? advice
                : report
                    .collector(Collector.HANDSHAKES)
                    .flatMap(collector -> collector.failure())
                    .map(Throwable::getMessage)
                    .orElse("The program that counts them is not attached.");
    unknown.accept(new Unknown("handshakes: whose connects fail, and why", why));
  }

  private static void counters(ScanReport report, Set<Collector> fresh, Consumer<Unknown> unknown) {
    if (!report.collectors().containsKey(Collector.COUNTERS)) {
      unknown.accept(
          new Unknown(
              "the kernel's counters and limits",
              "The collector is off (--no-collector.counters)."));
      return;
    }
    Optional<String> failure = report.own().counters().flatMap(counters -> counters.failure());
    if (failure.isPresent()) {
      unknown.accept(new Unknown("some of the kernel's counters and limits", failure.get()));
    } else if (!fresh.contains(Collector.COUNTERS)) {
      unknown.accept(new Unknown("the kernel's counters and limits", "They are too old."));
    }
    List<NamespaceReport> without =
        report.namespaces().stream()
            .skip(1)
            .filter(namespace -> namespace.counters().isEmpty())
            .toList();
    if (!without.isEmpty()) {
      unknown.accept(
          new Unknown(
              "the kernel's counters and limits" + of(without),
              "No process lives there whose /proc could be read."));
    }
    if (report.namespaces().stream()
        .allMatch(namespace -> Levels.value(namespace, KernelCounter.MAX_ORPHANS).isEmpty())) {
      unknown.accept(
          new Unknown(
              "orphans and memory of the host",
              "Only an agent in the initial network namespace, or one with --netns=all, can read"
                  + " their limits."));
    }
  }

  /** {@code " of network namespace a and 3 more"}. */
  private static String of(List<NamespaceReport> some) {
    return of(some.get(0).name()) + (some.size() > 1 ? " and " + (some.size() - 1) + " more" : "");
  }

  /** {@code " of network namespace a"}; nothing for this process' own. */
  static String of(NetworkNamespace name) {
    return name.equals(NetworkNamespace.OWN) ? "" : " of network namespace " + name.netns();
  }
}
