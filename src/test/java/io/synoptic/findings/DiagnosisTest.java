package io.synoptic.findings;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.CloseWaitAges;
import io.synoptic.Collector;
import io.synoptic.Direction;
import io.synoptic.HandshakeCounts;
import io.synoptic.HandshakeFigures;
import io.synoptic.KernelCounter;
import io.synoptic.NetworkNamespace;
import io.synoptic.Owner;
import io.synoptic.OwnerConnections;
import io.synoptic.QueueCounts;
import io.synoptic.ScanBudget;
import io.synoptic.ScanReport;
import io.synoptic.SocketSnapshot;
import io.synoptic.Source;
import io.synoptic.SourceReason;
import io.synoptic.SourceUsed;
import io.synoptic.StateCounts;
import io.synoptic.TcpState;
import io.synoptic.TimerCounts;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the findings of a host are together, and what is said of what can't be known. */
class DiagnosisTest {
  private static final Duration SCRAPE = Duration.ofSeconds(15);

  private final TestHost host = TestHost.known();

  @Test
  void theWorstComesFirstThenWhatBeganEarlier() {
    host.own().set(KernelCounter.TIME_WAIT_BUCKETS, 950);
    host.scan(SCRAPE);
    host.own().listener(81).length(129);
    host.scan(SCRAPE);
    host.own().listener(80).length(129);
    host.own().listener(81).fullSeconds += 15;
    Diagnosis diagnosis = host.scan(SCRAPE);

    assertThat(diagnosis.findings())
        .extracting(finding -> finding.kind() + finding.subject().port())
        .containsExactly(
            "ACCEPT_QUEUE_FULL81",
            "ACCEPT_QUEUE_FULL80",
            "TIME_WAIT_FULL",
            "LIMITED_BY_BACKLOG81",
            "LIMITED_BY_BACKLOG80");
    assertThat(diagnosis.status()).isEqualTo(Diagnosis.Status.CRITICAL);
  }

  @Test
  void aHostWhereAllIsFullYieldsTheWorstAndSaysThatThereAreMore() {
    for (int port = 1; port <= 300; port++) {
      host.own().listener(port).length(129);
    }
    Diagnosis diagnosis = host.scan();

    assertThat(diagnosis.findings()).hasSize(Diagnosis.MOST);
    assertThat(diagnosis.findings())
        .allSatisfy(finding -> assertThat(finding.severity()).isEqualTo(Severity.CRITICAL));
    assertThat(diagnosis.unknown()).extracting(Unknown::what).contains("500 more findings");
  }

  @Test
  void beforeTheFirstScanNothingIsKnown() {
    Diagnosis diagnosis =
        Diagnosis.of(
            ScanReport.empty(EnumSet.allOf(Collector.class)), new History(), TestHost.MAX_AGE);

    assertThat(diagnosis.status()).isEqualTo(Diagnosis.Status.UNKNOWN);
    assertThat(diagnosis.unknown())
        .containsExactly(new Unknown("everything", "No scan has ended yet."));
  }

  @Test
  void figuresThatAreTooOldAreNotJudged() {
    host.own().listener(80).length(129);
    host.scan();
    host.fail(SCRAPE);
    Diagnosis old = Diagnosis.of(host.report, host.history, Duration.ZERO);

    assertThat(old.findings()).isEmpty();
    assertThat(old.status()).isEqualTo(Diagnosis.Status.UNKNOWN);
    assertThat(old.unknown()).containsExactly(new Unknown("everything", "refused"));
  }

  @Test
  void afterAScanThatFailedTheLastGoodFiguresStillCount() {
    host.own().listener(80).length(129);
    host.scan();

    assertThat(host.fail(SCRAPE).findings()).isNotEmpty();
  }

  @Test
  void withAllCollectorsInTheInitialNamespaceNothingIsUnknown() {
    assertThat(host.scan().unknown()).isEmpty();
  }

  @Test
  void withoutHandshakesItIsSaidHowToGetThem() {
    host.without(Collector.HANDSHAKES);

    assertThat(host.scan().unknown())
        .singleElement()
        .satisfies(unknown -> assertThat(unknown.why()).contains("--collector.handshakes"));
  }

  @Test
  void throughProcLimitsAreUnknownAndNothingIsFull() {
    host.source = new SourceUsed(Source.PROC, SourceReason.FORBIDDEN, "sock_diag: EPERM");
    host.own().listener(80).length(4000).hasLimit = false;
    Diagnosis diagnosis = host.scan();

    assertThat(diagnosis.findings()).isEmpty();
    assertThat(diagnosis.unknown())
        .singleElement()
        .satisfies(unknown -> assertThat(unknown.why()).contains("sock_diag: EPERM"));
  }

  @Test
  void whileScansArePostponedWhatIsBetweenThemIsUnknownAndTheFiguresAreJudged() {
    host.own().listener(80).length(129);
    host.budget =
        Optional.of(
            new ScanBudget(0.05, 9, 3, true, Duration.ofSeconds(24), Duration.ofSeconds(20)));
    Diagnosis diagnosis = host.scan();

    assertThat(diagnosis.status()).isEqualTo(Diagnosis.Status.CRITICAL);
    assertThat(diagnosis.unknown())
        .containsExactly(
            new Unknown(
                "what lasts less than 24 s",
                "Scans are that far apart, so that they take no more than 5 % of a core: raise"
                    + " --scan.cpu-budget to see more."));
  }

  @Test
  void withoutASamplerWhatIsBetweenScansIsUnknown() {
    host.own().observed = OptionalDouble.empty();

    assertThat(host.scan().unknown())
        .extracting(Unknown::what)
        .containsExactly("accept queues between scans");
  }

  @Test
  void withoutACollectorWhatItReadsIsUnknown() {
    host.without(Collector.COUNTERS);
    host.without(Collector.LISTENERS);
    host.own().listener(80).length(129);
    Diagnosis diagnosis = host.scan();

    assertThat(diagnosis.findings()).isEmpty();
    assertThat(diagnosis.unknown())
        .extracting(Unknown::what)
        .containsExactly("accept queues", "the kernel's counters and limits");
  }

  @Test
  void ofEachNamespaceWhatIsFoundIsItsOwn() {
    host.namespace("blue").listener(80).length(129);
    Finding full = FoundThings.the(host.scan(), FindingKind.ACCEPT_QUEUE_FULL);

    assertThat(full.subject().namespace().netns()).isEqualTo("blue");
    assertThat(full.actions().get(0).command())
        .isEqualTo("nsenter --net=/run/netns/blue ss -ltnp 'sport = :80'");
  }

  @Test
  void aNamespaceThatWasScannedLongAgoIsNotJudged() {
    host.namespace("blue").listener(80).length(129);
    host.namespace("blue").age = TestHost.MAX_AGE.plusSeconds(1);
    Diagnosis diagnosis = host.scan();

    assertThat(diagnosis.findings()).isEmpty();
    assertThat(diagnosis.unknown())
        .extracting(Unknown::what)
        .containsExactly("1 network namespaces");
  }

  /** Bash reads each name back as one word, whatever is in it, and nothing of it is run. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "plain.service",
        "with space",
        "it's",
        "$(touch /tmp/synoptic-quoted)",
        "`id`",
        "a;b|c&d>e",
        "new\nline",
        "\u001b]0;title\u0007",
        "tab\tand\\backslash'",
        "café\u202eevil",
        "-n",
        "*",
        ""
      })
  void aNameIsOneWordOfACommand(String name) throws Exception {
    Process bash =
        new ProcessBuilder("bash", "-c", "printf '%s\\0' " + Shell.quote(name) + " end")
            .redirectErrorStream(true)
            .start();
    String words = new String(bash.getInputStream().readAllBytes(), UTF_8);

    assertThat(bash.waitFor()).isZero();
    assertThat(words).isEqualTo(name + "\0end\0");
    assertThat(Shell.quote(name)).matches("[^\\p{Cntrl}\\p{Cf}]*");
  }

  @Test
  void hostileNamesNeverEndUpUnquotedInACommand() throws Exception {
    String evil = "x'; touch /tmp/synoptic-pasted; '\n\"$(touch /tmp/synoptic-pasted)`";
    TestHost.Namespace namespace = host.namespace(evil);
    TestGroup web = namespace.listener(80);
    web.length(129).owner = new Owner(evil, evil, evil, evil);
    web.process = evil;
    web.connections(TcpState.SYN_RECV, 129)
            .connections(TcpState.ESTABLISHED, 30)
            .timers(30, 129)
            .closeWait =
        Optional.of(new CloseWaitAges(Duration.ofHours(1), 50, 50, 0));
    Diagnosis diagnosis = host.scan();

    assertThat(FoundThings.kinds(diagnosis)).hasSizeGreaterThan(4);
    for (Finding finding : diagnosis.findings()) {
      for (Action action : finding.actions()) {
        assertThat(action.text() + finding.summary() + finding.meaning()).doesNotContain("touch");
        if (!action.command().isEmpty()) {
          assertHarmless(action.command());
        }
      }
    }
  }

  /** Bash finds nothing of the name in the words that it would run; they are printed instead. */
  private static void assertHarmless(String command) throws Exception {
    Process bash =
        new ProcessBuilder(
                "bash",
                "-c",
                "PATH=; touch() { builtin echo TOUCHED; }; command_not_found_handle() { :; }; "
                    + command)
            .redirectErrorStream(true)
            .start();
    String output = new String(bash.getInputStream().readAllBytes(), UTF_8);
    bash.waitFor();
    assertThat(output).as(command).doesNotContain("TOUCHED").doesNotContain("syntax error");
  }

  @Test
  void aNamespaceWithoutANameIsEnteredByAProcessInIt() {
    assertThat(Shell.in(new NetworkNamespace("4026532321", "", "")).run("ss -ltn"))
        .isEqualTo(
            "nsenter --net --target \"$(lsns --raw --noheadings --type net --output NS,PID"
                + " | awk '$1 == 4026532321 { print $2 }')\" ss -ltn");
    assertThat(Shell.in(new NetworkNamespace("pid-77", "", "")).run("ss -ltn"))
        .isEqualTo("nsenter --net=/proc/77/ns/net ss -ltn");
  }

  /** Figures that no kernel has, in any mixture, scan after scan. */
  @Test
  void noReportMakesItFail() {
    for (long seed = 1; seed <= 200; seed++) {
      Random random = new Random(seed);
      TestHost any = new TestHost();
      for (int scan = 0; scan < 4; scan++) {
        try {
          mix(any.own(), random);
          mix(any.namespace("n" + random.nextInt(2)), random);
          FoundThings.kinds(any.scan(Duration.ofMillis(random.nextLong(1, 1_200_000))));
        } catch (RuntimeException e) {
          throw new AssertionError("seed " + seed + ", scan " + scan, e);
        }
      }
    }
  }

  private static long any(Random random) {
    return switch (random.nextInt(6)) {
      case 0 -> 0;
      case 1 -> 1;
      case 2 -> random.nextInt(100);
      case 3 -> random.nextInt(100_000);
      case 4 -> Integer.MAX_VALUE;
      default -> random.nextLong(1L << 53);
    };
  }

  private static StateCounts states(Random random) {
    Map<TcpState, Long> counts = new EnumMap<>(TcpState.class);
    TcpState.ALL.forEach(state -> counts.put(state, any(random) >> 5));
    return StateCounts.of(counts);
  }

  private static CloseWaitAges ages(Random random) {
    return new CloseWaitAges(Duration.ofMillis(any(random)), any(random), any(random), any(random));
  }

  private static void mix(TestHost.Namespace namespace, Random random) {
    for (KernelCounter counter : KernelCounter.ALL) {
      if (random.nextInt(5) == 0) {
        namespace.counters.remove(counter);
      } else {
        namespace.set(counter, any(random));
      }
    }
    namespace.groups.clear();
    for (int i = random.nextInt(3); i >= 0; i--) {
      TestGroup group =
          new TestGroup(
              random.nextBoolean() ? "::" : "other",
              random.nextBoolean() ? "ephemeral" : Integer.toString(i));
      namespace.groups.put("g" + i, group);
      group.sockets = 1L + random.nextInt(3);
      group.limit(any(random)).length(any(random));
      group.hasLimit = random.nextInt(4) > 0;
      group.isSampled = random.nextInt(4) > 0;
      group.fullSeconds = any(random);
      group.utilizationSeconds = any(random);
      group.drops = any(random);
      group.timers(any(random), any(random));
      group.closeWait = Optional.of(ages(random));
      for (TcpState state : TcpState.ALL) {
        group.connections(state, any(random) >> 5);
      }
    }
    namespace.owners.clear();
    namespace.owners.add(
        new OwnerConnections(
            random.nextBoolean() ? Owner.NONE : new Owner("u" + random.nextInt(3), "", "", ""),
            random.nextBoolean() ? Direction.INBOUND : Direction.OUTBOUND,
            states(random),
            QueueCounts.ZERO,
            random.nextBoolean() ? Optional.of(ages(random)) : Optional.empty()));
    namespace.sockets =
        SocketSnapshot.builder()
            .outbound(states(random))
            .outboundTimers(
                Optional.of(new TimerCounts(any(random), any(random), any(random), any(random))))
            .outboundCloseWait(Optional.of(ages(random)))
            .busiestDestination(any(random), any(random))
            .heldDestinationPorts(any(random), any(random), any(random));
    namespace.connects.clear();
    long[] numbers = new long[HandshakeCounts.SIZE];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = any(random) >> 5;
    }
    namespace.connects.add(
        new HandshakeFigures.OfOwner(
            new Owner("u" + random.nextInt(3), "", "", ""), HandshakeCounts.ofNumbered(numbers)));
    namespace.hasHandshakes = random.nextBoolean();
    namespace.observed =
        random.nextBoolean() ? OptionalDouble.of(any(random)) : OptionalDouble.empty();
  }

  @Test
  void statusIsThatOfTheWorst() {
    assertThat(new Diagnosis(List.of(), List.of(), true).status()).isEqualTo(Diagnosis.Status.FINE);
    host.own().set(KernelCounter.TIME_WAIT_BUCKETS, 950);
    assertThat(host.scan().status()).isEqualTo(Diagnosis.Status.WARNING);
  }
}
