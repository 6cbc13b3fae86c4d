package io.synoptic.findings;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.KernelCounter;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Limits of a namespace and of the host. No laboratory can bring a host near the host's. */
class HostFindingsTest {
  private static final Duration SCRAPE = Duration.ofSeconds(15);

  private final TestHost host = TestHost.known();

  @Test
  void bucketsThatAreNearlyUsedUpAreFound() {
    host.own().set(KernelCounter.TIME_WAIT_BUCKETS, 950);
    Finding full = FoundThings.the(host.scan(), FindingKind.TIME_WAIT_FULL);

    assertThat(full.summary()).isEqualTo("95 % of the time-wait buckets are in use.");
    assertThat(full.since()).isPresent();
    assertThat(full.actions().get(0).command())
        .isEqualTo("sysctl -w net.ipv4.tcp_max_tw_buckets=2000");
  }

  @Test
  void bucketsThatWereUsedUpAreFoundForTenMinutes() {
    host.scan();
    host.own().add(KernelCounter.TIME_WAIT_OVERFLOW, 5);
    assertThat(FoundThings.the(host.scan(SCRAPE), FindingKind.TIME_WAIT_FULL).summary())
        .contains("5 connections got no time-wait bucket");

    assertThat(host.scan(Duration.ofMinutes(11)).findings()).isEmpty();
  }

  @Test
  void halfOfTheBucketsAreWell() {
    host.own().set(KernelCounter.TIME_WAIT_BUCKETS, 500);

    assertThat(host.scan().findings()).isEmpty();
  }

  @Test
  void orphansNearTheirLimitAreTheHosts() {
    host.own().set(KernelCounter.ORPHANS, 600);
    Finding near = FoundThings.the(host.scan(), FindingKind.ORPHANS_NEAR_LIMIT);
    assertThat(near.severity()).isEqualTo(Severity.WARNING);
    assertThat(near.subject().kind()).isEqualTo(Subject.Kind.HOST);

    host.own().set(KernelCounter.ORPHANS, 1000);
    assertThat(FoundThings.the(host.scan(), FindingKind.ORPHANS_NEAR_LIMIT).severity())
        .isEqualTo(Severity.CRITICAL);
  }

  @Test
  void someOrphansAreWell() {
    host.own().set(KernelCounter.ORPHANS, 400);

    assertThat(host.scan().findings()).isEmpty();
  }

  @Test
  void memoryThatIsSavedIsAWarningAndNearTheLimitCritical() {
    host.own().set(KernelCounter.MEMORY, 1.1e9);
    Finding near = FoundThings.the(host.scan(), FindingKind.MEMORY_NEAR_LIMIT);
    assertThat(near.severity()).isEqualTo(Severity.WARNING);
    assertThat(near.summary()).contains("110 %");

    host.own().set(KernelCounter.MEMORY, 1.9e9);
    assertThat(FoundThings.the(host.scan(), FindingKind.MEMORY_NEAR_LIMIT).severity())
        .isEqualTo(Severity.CRITICAL);
  }

  @Test
  void memoryBelowWhereItIsSavedIsWell() {
    host.own().set(KernelCounter.MEMORY, 0.9e9);

    assertThat(host.scan().findings()).isEmpty();
  }

  @Test
  void whichLimitResetConnectionsIsNotGuessed() {
    host.scan();
    host.own().add(KernelCounter.ABORT_ON_MEMORY, 4);
    Finding reset = FoundThings.the(host.scan(SCRAPE), FindingKind.MEMORY_NEAR_LIMIT);

    assertThat(reset.severity()).isEqualTo(Severity.CRITICAL);
    assertThat(reset.meaning()).contains("is not known here");
  }

  @Test
  void ofAnotherNamespaceTheHostsLimitsAreNotKnown() {
    host.own().counters.remove(KernelCounter.ORPHANS);
    host.own().counters.remove(KernelCounter.MAX_ORPHANS);
    host.own().counters.remove(KernelCounter.MEMORY_PRESSURE);
    Diagnosis diagnosis = host.scan();

    assertThat(diagnosis.findings()).isEmpty();
    assertThat(diagnosis.unknown())
        .extracting(Unknown::what)
        .containsExactly("orphans and memory of the host");
  }
}
