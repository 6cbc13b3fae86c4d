package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.synoptic.Collector;
import io.synoptic.Source;
import io.synoptic.agent.web.InvalidInputException;
import io.synoptic.agent.web.ListenAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.ParameterException;

class OptionsTest {
  private static Options parse(String... args) {
    Options options = new Options();
    options.commandLine().parseArgs(args);
    return options;
  }

  @Test
  void withoutOptionsEveryAddressIsServedOnPort10119() {
    Options options = parse();

    assertThat(options.listenAddresses).containsExactly(new ListenAddress("", 10119));
    assertThat(options.telemetryPath).isEqualTo("/metrics");
    assertThat(options.minInterval).isEqualTo(Duration.ofSeconds(1));
    assertThat(options.timeout).isEqualTo(Duration.ofMinutes(1));
    assertThat(options.maxAge).isEqualTo(Duration.ofMinutes(2));
  }

  @ParameterizedTest
  @CsvSource({
    ":9000, '', 9000, localhost:9000",
    "0.0.0.0:9000, 0.0.0.0, 9000, localhost:9000",
    "127.0.0.1:0, 127.0.0.1, 0, 127.0.0.1:0",
    "[::1]:9000, ::1, 9000, [::1]:9000",
    "[fe80::1%3]:9000, fe80::1%3, 9000, [fe80::1%253]:9000",
    "[fe80::1%eth0]:9000, fe80::1%eth0, 9000, [fe80::1%25eth0]:9000",
    "[fe80::1%br-0.4@x]:9000, fe80::1%br-0.4@x, 9000, [fe80::1%25br-0.4@x]:9000",
    "host.example:65535, host.example, 65535, host.example:65535",
  })
  void anAddressIsHostAndPort(String spelling, String host, int port, String authority) {
    ListenAddress address = parse("--web.listen-address=" + spelling).listenAddresses.get(0);

    assertThat(address).isEqualTo(new ListenAddress(host, port));
    assertThat(address.authority(port)).isEqualTo(authority);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"9000", "host", "::1:9000", "[::1]", ":65536", "host:-1", "http://a:1", ""})
  void anAddressThatIsNoneIsRefused(String spelling) {
    assertThatThrownBy(() -> parse("--web.listen-address=" + spelling))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining("--web.listen-address")
        .hasMessageContaining("HOST:PORT");
  }

  @ParameterizedTest
  @CsvSource({"250ms, 250", "1s, 1000", "2m, 120000", "1h, 3600000", "0s, 0", "0, 0"})
  void durationsAreSpelledAsInPrometheus(String spelling, long millis) {
    assertThat(parse("--scan.min-interval=" + spelling).minInterval).hasMillis(millis);
  }

  @Test
  void sourcesAreCalledAsTheMetricsCallThem() {
    assertThat(parse().source).isEqualTo(Source.AUTO);
    assertThat(parse("--source=proc").source).isEqualTo(Source.PROC);
    assertThatThrownBy(() -> parse("--source=netlink")).hasMessageContaining("sock_diag");
  }

  @Test
  void collectorsCanBeSwitchedOffButNotAll() throws InvalidInputException {
    assertThat(parse().collectors())
        .containsExactly(Collector.SOCKETS, Collector.LISTENERS, Collector.COUNTERS);
    Options listeners = parse("--no-collector.sockets", "--no-collector.counters");
    listeners.check();
    assertThat(listeners.collectors()).containsExactly(Collector.LISTENERS);
    Options none =
        parse("--no-collector.sockets", "--no-collector.listeners", "--no-collector.counters");
    assertThatThrownBy(none::check)
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("--collector.sockets");
  }

  @ParameterizedTest
  @CsvSource({
    "--netns=own, false",
    "--collector.handshakes, true",
    "--netns=all, true",
    "--netns=all --source=bpf, true",
    "--netns=all --source=proc, false",
    "--netns=all --no-collector.listeners, false",
    "--netns=all --no-collector.handshakes, false",
    "--no-collector.handshakes, false",
  })
  void handshakesAreCountedWithAllNamespacesOrWhenAskedFor(String options, boolean counted)
      throws InvalidInputException {
    Options parsed = parse(options.split(" ", -1));
    parsed.check();

    assertThat(parsed.collectors().contains(Collector.HANDSHAKES)).isEqualTo(counted);
  }

  @ParameterizedTest
  @CsvSource({
    "--collector.handshakes --no-collector.sockets, leave out --no-collector.sockets",
    "--collector.handshakes --no-collector.listeners, leave out --no-collector.sockets",
    "--collector.handshakes --netns=all --source=proc, leave out --source=proc",
  })
  void handshakesThatCantBeCountedAreRefused(String options, String message) {
    assertThatThrownBy(() -> parse(options.split(" ", -1)).check())
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("--collector.handshakes")
        .hasMessageContaining(message);
  }

  @Test
  void portsToIncludeAreAList() {
    assertThat(parse("--listener.include=8080,40000-40099").includedPorts.contains(40007)).isTrue();
    assertThat(parse().includedPorts.contains(40007)).isFalse();
    assertThatThrownBy(() -> parse("--listener.include=http"))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining("--listener.include")
        .hasMessageContaining("write ports");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--path.procfs", "--path.sysfs", "--path.logs"})
  void aFolderThatCanNotBeReadIsRefused(String option) throws Exception {
    for (String folder : List.of("/nonexistent", "/etc/passwd", "/proc/self/fd/0/x", "")) {
      assertThatThrownBy(() -> parse(option + "=" + folder).check())
          .isInstanceOf(InvalidInputException.class)
          .hasMessage(option + "=" + folder + ": write a folder that is there and can be read");
    }
    parse(option + "=/").check();
  }

  @Test
  void theMetricsTakeNoOtherPagesPath() {
    assertThatThrownBy(() -> parse("--web.telemetry-path=/ports").check())
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("--web.telemetry-path=/ports is the path of --ports.top");
  }

  @Test
  void withoutOptionsTheOwnNamespaceAloneIsRead() throws InvalidInputException {
    Options options = parse();
    options.check();

    assertThat(options.everyNamespace()).isEmpty();
    assertThat(options.maxListenerGroups()).isEqualTo(500);
    assertThat(options.maxOwners()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource({"2.5, 2.5", "0.1, 0.1", "100, 100", "0, 0", "off, 0"})
  void theBudgetOfScansIsAPercentageOrOff(String spelling, double percent) {
    assertThat(parse().scanCpuBudget).isEqualTo(5);
    assertThat(parse("--scan.cpu-budget=" + spelling).scanCpuBudget).isEqualTo(percent);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "101", "0.01", "5%", "none", ""})
  void aBudgetThatIsNoneIsRefused(String spelling) {
    assertThatThrownBy(() -> parse("--scan.cpu-budget=" + spelling))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining("--scan.cpu-budget")
        .hasMessageContaining("write a percentage from 0.1 to 100, or off");
  }

  @Test
  void withAllNamespacesTheBoundsAreThoseOfANode() throws InvalidInputException {
    Options options = parse("--netns=all", "--netns.cpu-budget=2.5", "--owner.max=7");
    options.check();

    assertThat(options.everyNamespace().orElseThrow().coreShare()).isEqualTo(0.025);
    assertThat(options.everyNamespace().orElseThrow().source()).isEqualTo(Source.AUTO);
    assertThat(options.maxListenerGroups()).isEqualTo(5000);
    assertThat(options.maxOwners()).isEqualTo(7);
    assertThat(options.maxNamespaces).isEqualTo(1000);
    assertThat(options.netnsDetail()).isEqualTo(NetnsDetail.all);
    assertThat(parse("--netns=all", "--netns.detail=states").netnsDetail())
        .isEqualTo(NetnsDetail.states);
  }

  @ParameterizedTest
  @CsvSource({
    "--source=bpf, add --netns=all",
    "--netns.include=a, add --netns=all",
    "--netns.exclude=a, add --netns=all",
    "--netns.detail=all, add --netns=all",
    "--netns=all --source=sock_diag, bpf or proc",
    "--netns=all --no-collector.sockets, leave out --no-collector.sockets",
  })
  void namespacesThatCantBeReadAreRefused(String options, String message) {
    assertThatThrownBy(() -> parse(options.split(" ", -1)).check())
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "collector:4318",
        "ftp://collector/v1/metrics",
        "http://collector:4318",
        "http://collector:4318/",
        "http:///v1/metrics",
        "https://me:secret@collector/v1/metrics",
        "https://collector/v1/metrics?token=secret"
      })
  void whereToPushIsAWholeAddressWithoutASecret(String url) {
    assertThatThrownBy(() -> parse("--otlp.url=" + url))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining("write the whole address");
  }

  @Test
  void headersAreOfWhatIsPushed() throws Exception {
    assertThatThrownBy(() -> parse("--otlp.headers.file=/dev/null").check())
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("add --otlp.url");
    parse("--otlp.url=https://collector.example/v1/metrics", "--otlp.interval=15s").check();
  }

  @Test
  void noMoreGroupsOfListenersAreTakenThanTheHeapHolds() throws Exception {
    Options options = parse("--listener.max=20000");

    options.checkGroups(128 << 20);
    assertThatThrownBy(() -> options.checkGroups(64 << 20))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            "--listener.max=20000: the heap has room for 16384 groups: write less, or a larger -Xmx"
                + " in java.options");
  }
}
