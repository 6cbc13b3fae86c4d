package io.synoptic.findings;

import io.synoptic.KernelCounter;
import io.synoptic.findings.Figure.Unit;
import java.util.OptionalDouble;

/** What a namespace or the whole host has a limit of: time-wait buckets, orphans, memory. */
final class HostRules {
  private HostRules() {}

  static void find(Scene scene) {
    timeWait(scene);
    Growth aborts = scene.memory().growth(KernelCounter.ABORT_ON_MEMORY);
    boolean aborted = aborts.total() > 0;
    double orphans =
        Levels.ratio(scene.now(), KernelCounter.ORPHANS, KernelCounter.MAX_ORPHANS).orElse(0);
    double memory =
        Levels.ratio(scene.now(), KernelCounter.MEMORY, KernelCounter.MEMORY_PRESSURE).orElse(0);
    boolean areOrphansMany = orphans > Thresholds.ORPHANS;
    boolean isMemoryShort = memory > 1;
    if (areOrphansMany) {
      // Of a host that has memory, the orphans are what was ended.
      scene.found().accept(orphans(scene, orphans, aborted && !isMemoryShort));
    }
    if (isMemoryShort) {
      scene.found().accept(memory(scene, memory, aborted));
    }
    if (aborted && !areOrphansMany && !isMemoryShort) {
      scene.found().accept(aborts(scene, aborts));
    }
  }

  private static void timeWait(Scene scene) {
    double ratio =
        Levels.ratio(
                scene.now(), KernelCounter.TIME_WAIT_BUCKETS, KernelCounter.TIME_WAIT_BUCKETS_LIMIT)
            .orElse(0);
    Growth overflows = scene.memory().growth(KernelCounter.TIME_WAIT_OVERFLOW);
    boolean isNear = ratio > Thresholds.BUCKETS;
    if (!isNear && overflows.total() <= 0) {
      return;
    }
    double limit = scene.value(KernelCounter.TIME_WAIT_BUCKETS_LIMIT).orElse(0);
    FindingBuilder finding =
        new FindingBuilder(FindingKind.TIME_WAIT_FULL, Severity.WARNING, scene.ofNamespace())
            .since(
                isNear
                    ? scene.memory().since(Condition.TIME_WAIT_FULL).or(overflows::since)
                    : overflows.since())
            .count(
                "time-wait buckets in use",
                scene.value(KernelCounter.TIME_WAIT_BUCKETS),
                "synoptic_tcp_time_wait_buckets")
            .count(
                "time-wait buckets there may be",
                scene.value(KernelCounter.TIME_WAIT_BUCKETS_LIMIT),
                "synoptic_tcp_time_wait_buckets_limit")
            .count(
                "connections without one in the last 10 min",
                overflows.total(),
                "synoptic_tcp_time_wait_overflows_total")
            .meaning(
                "Beyond the limit the kernel closes connections without TIME_WAIT, and late segments"
                    + " may reach the next connection of the same ports.");
    if (limit > 0) {
      finding.action(
          "Allow more: a bucket takes some 250 bytes.",
          scene
              .shell()
              .run("sysctl -w net.ipv4.tcp_max_tw_buckets=" + (long) Math.min(2 * limit, 1 << 30)));
    }
    scene
        .found()
        .accept(
            finding
                .action("Have clients keep connections alive, and close them themselves.")
                .avoid("Do not lower the limit to get rid of TIME_WAIT: it is there for safety.")
                .build(
                    isNear
                        ? Text.share(ratio) + " of the time-wait buckets are in use."
                        : Text.number(overflows.total())
                            + " connections got no time-wait bucket in the last 10 min."));
  }

  private static Finding orphans(Scene scene, double ratio, boolean aborted) {
    FindingBuilder finding =
        new FindingBuilder(
                FindingKind.ORPHANS_NEAR_LIMIT,
                aborted || ratio >= 1 ? Severity.CRITICAL : Severity.WARNING,
                scene.ofHost())
            .since(scene.memory().since(Condition.ORPHANS_NEAR_LIMIT))
            .count("orphans", scene.value(KernelCounter.ORPHANS), "synoptic_tcp_host_orphans")
            .count(
                "orphans there may be",
                scene.value(KernelCounter.MAX_ORPHANS),
                "synoptic_tcp_host_orphans_limit")
            .meaning(
                "Programs have closed these connections, and their last data or FIN is not"
                    + " acknowledged. The kernel counts one twice whose peer has long been silent,"
                    + " and resets those beyond the limit: data is lost.");
    ended(finding, scene);
    return finding
        .action(
            "See which peers do not answer.",
            scene
                .shell()
                .run(
                    "ss -Htn state fin-wait-1 state last-ack state closing | awk '{print $5}' | sed"
                        + " 's/:[0-9]*$//' | sort | uniq -c | sort -n | tail"))
        .action(
            "End them sooner (default 8 repeats).",
            scene.shell().run("sysctl -w net.ipv4.tcp_orphan_retries=2"))
        .avoid(
            "Do not only raise net.ipv4.tcp_max_orphans: each may hold 64 KiB that can't be"
                + " swapped.")
        .build("Orphans are at " + Text.share(ratio) + " of the host's limit.");
  }

  private static Finding memory(Scene scene, double ratio, boolean aborted) {
    OptionalDouble limit =
        Levels.ratio(scene.now(), KernelCounter.MEMORY, KernelCounter.MEMORY_LIMIT);
    FindingBuilder finding =
        new FindingBuilder(
                FindingKind.MEMORY_NEAR_LIMIT,
                aborted || limit.orElse(0) > Thresholds.MEMORY
                    ? Severity.CRITICAL
                    : Severity.WARNING,
                scene.ofHost())
            .since(scene.memory().since(Condition.MEMORY_NEAR_LIMIT));
    bytes(finding, scene, "memory of TCP's buffers", KernelCounter.MEMORY, "");
    bytes(finding, scene, "from which on it is saved", KernelCounter.MEMORY_PRESSURE, "pressure_");
    bytes(finding, scene, "at most", KernelCounter.MEMORY_LIMIT, "limit_");
    finding.meaning(
        "Beyond the second figure of net.ipv4.tcp_mem windows shrink and connections become slow;"
            + " at the third they are reset.");
    ended(finding, scene);
    return finding
        .action(
            "See whose queues hold it: Recv-Q is not read by a program, Send-Q not taken by a peer.",
            scene.shell().run("ss -Htn | sort -k 2,2n | tail"))
        .action("See the largest send queues.", scene.shell().run("ss -Htn | sort -k 3,3n | tail"))
        .action("Fix what does not read; raise net.ipv4.tcp_mem if the machine has the memory.")
        .avoid("net.ipv4.tcp_rmem and tcp_wmem limit one connection, not all of them.")
        .build(
            "TCP's buffers take "
                + Text.share(ratio)
                + " of what the kernel allows before it saves memory.");
  }

  private static void bytes(
      FindingBuilder finding, Scene scene, String name, KernelCounter of, String part) {
    scene
        .value(of)
        .ifPresent(
            bytes ->
                finding.figure(
                    name, bytes, Unit.BYTES, "synoptic_tcp_host_memory_" + part + "bytes"));
  }

  private static void ended(FindingBuilder finding, Scene scene) {
    double aborts = scene.memory().growth(KernelCounter.ABORT_ON_MEMORY).total();
    if (aborts > 0 || scene.value(KernelCounter.ABORT_ON_MEMORY).isPresent()) {
      finding.count(
          "connections reset for it in the last 10 min",
          aborts,
          "synoptic_tcp_aborts_on_memory_total");
    }
  }

  /** Which of the two limits it was is the host's to know, and its figures are normal now. */
  private static Finding aborts(Scene scene, Growth aborts) {
    FindingBuilder finding =
        new FindingBuilder(FindingKind.MEMORY_NEAR_LIMIT, Severity.CRITICAL, scene.ofNamespace())
            .since(aborts.since())
            .meaning(
                "TCP's memory was used up, or there were too many orphans: each is data that a"
                    + " program believes sent. Which of the two is not known here; the kernel's log"
                    + " has \"out of memory -- consider tuning tcp_mem\" or \"too many orphaned"
                    + " sockets\".");
    ended(finding, scene);
    return finding
        .action("As root, read the kernel's log.", "dmesg | grep -F TCP: | tail")
        .action("See the memory and the orphans.", scene.shell().run("cat /proc/net/sockstat"))
        .avoid("Do not restart programs before you know which limit it was.")
        .build(
            Text.number(aborts.total())
                + " connections were reset in the last 10 min because memory was used up.");
  }
}
