package io.synoptic.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.synoptic.CloseWaitAges;
import io.synoptic.Collector;
import io.synoptic.HandshakeCounts;
import io.synoptic.HandshakeFigures;
import io.synoptic.HandshakeHealth;
import io.synoptic.ListenerFigures;
import io.synoptic.ListenerGroup;
import io.synoptic.NamespaceReport;
import io.synoptic.NetworkNamespace;
import io.synoptic.Owner;
import io.synoptic.ScanReport;
import io.synoptic.SharedScanner;
import io.synoptic.SocketScanner;
import io.synoptic.SourceReason;
import io.synoptic.StateCounts;
import io.synoptic.TimerCounts;
import io.synoptic.agent.Exposition.Format;
import io.synoptic.agent.ReportCollector.Family;
import io.synoptic.catalogue.MetricCatalogue;
import io.synoptic.catalogue.MetricFamily;
import io.synoptic.catalogue.MetricFamily.Bounds;
import io.synoptic.catalogue.MetricFamily.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The same bytes as the Prometheus client's own writers make of the same rows. */
class ExpositionWriterTest {
  private static final Set<Collector> ALL = EnumSet.allOf(Collector.class);

  private static final List<String> ODD_LABELS =
      List.of(
          "",
          " ",
          "\"",
          "\\",
          "\n",
          "\r",
          "\t",
          "\0",
          "a\"b\\c\nd",
          "\\n",
          "\\\"\n\n\\\"",
          "é",
          "a\u0300",
          "\u07ff\u0800\uffff",
          "漢字",
          "😀",
          "\ud83d",
          "\ude00",
          "\ude00\ud83d",
          "\ud83d" + '\\' + "\ude00",
          "\ud83d\ud83d\ude00",
          "x\ud83d",
          "{a=\"b\"}",
          "# EOF",
          "z".repeat(1000));

  /** Longer than buffers are. */
  private static final List<String> LONG_LABELS =
      List.of("z".repeat(20_000), "x" + "😀".repeat(20_000), "\n".repeat(20_000));

  private static final double[] ODD_VALUES = {
    0,
    -0.0,
    1,
    -1,
    42,
    9_999_999,
    1e7,
    -1e7,
    12_345_678,
    123_456_789_012.0,
    1e15,
    1e16,
    (1L << 53) - 1,
    1L << 53,
    1e22,
    Double.parseDouble("2e23"),
    Long.MAX_VALUE,
    Double.MAX_VALUE,
    Double.MIN_VALUE,
    Double.MIN_NORMAL,
    0.1,
    0.1 + 0.2,
    1 / 3.0,
    1e-3,
    9.99e-4,
    1e-7,
    2e-3,
    -2.5,
    1_700_000_000.123,
    Double.NaN,
    Double.POSITIVE_INFINITY,
    Double.NEGATIVE_INFINITY
  };

  private static final List<Double> ODD_BOUNDS =
      List.of(-1.5, 0.0, 1e-7, 0.0001, 0.00025, 0.001, 0.1 + 0.2, 1.0, 2.5, 1e7, 123_456_789_012.0);

  private final ExpositionWriter writer = new ExpositionWriter();
  private final ProtobufWriter protobufWriter = new ProtobufWriter();
  private final SnapshotFamilies families = new SnapshotFamilies();

  private byte[] written(List<Family> families, Format format) throws IOException {
    List<Family> sorted = new ArrayList<>(families);
    sorted.sort(Comparator.comparing(Family::name));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    write(sorted, format, out);
    return out.toByteArray();
  }

  private void write(List<Family> sorted, Format format, OutputStream out) throws IOException {
    if (format == Format.PROTOBUF) {
      protobufWriter.write(sorted, out);
    } else {
      writer.write(sorted, format, out);
    }
  }

  /** In each format, and twice with the same writer. */
  private void assertSame(List<MetricFamily> families, ScanReport report) throws IOException {
    List<Family> rows = new CatalogueCollector(families).families(report, ALL);
    for (Format format : Format.values()) {
      String expected = new String(ReferenceText.of(families, report, format), UTF_8);
      assertThat(new String(written(rows, format), UTF_8)).isEqualTo(expected);
      assertThat(written(rows, format)).isEqualTo(ReferenceText.of(families, report, format));
    }
  }

  private void assertSame(MetricSnapshots snapshots) throws IOException {
    for (Format format : Format.values()) {
      assertThat(new String(written(families.of(snapshots), format), UTF_8))
          .isEqualTo(new String(ReferenceText.of(snapshots, format), UTF_8));
    }
  }

  private static ScanReport realReport() {
    try (SharedScanner scanner = SharedScanner.builder(SocketScanner.builder().build()).build()) {
      return scanner.fresh().join();
    }
  }

  private static ListenerGroup group(int number, DoubleSupplier seconds) {
    Random random = new Random(number);
    return new ListenerGroup(
        number % 3 == 0 ? "::" : "10.0." + number % 7 + "." + random.nextInt(256),
        Integer.toString(number),
        1 + number % 2,
        random.nextInt(5),
        OptionalLong.of(128L << (number % 8)),
        OptionalDouble.of(number % 5 / 4.0),
        OptionalDouble.of(seconds.getAsDouble()),
        OptionalDouble.of(number % 4 == 0 ? seconds.getAsDouble() * 1e6 : 0),
        OptionalDouble.of(seconds.getAsDouble() * 1e9),
        OptionalDouble.of(seconds.getAsDouble() * 1e3),
        OptionalDouble.of(number % 5 / 2.0),
        OptionalLong.of(number % 3),
        OptionalLong.of((long) (seconds.getAsDouble() * Long.MAX_VALUE)),
        Optional.of(StateCounts.ofNumbered(random.longs(12, 0, 1 << 20).toArray())),
        Optional.of(new TimerCounts(number % 2, number % 3, number % 5, number)),
        Optional.of(new CloseWaitAges(Duration.ofSeconds(number), number, number % 7, number % 5)),
        0,
        0,
        new Owner("nginx.service", "web-" + number, "shop", "cart"),
        "nginx");
  }

  /** Groups of a namespace, in no order. */
  private static NamespaceReport listeners(NetworkNamespace netns, int count) {
    return listeners(netns, count, new Random(count)::nextDouble);
  }

  private static NamespaceReport listeners(
      NetworkNamespace netns, int count, DoubleSupplier seconds) {
    List<ListenerGroup> groups = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      groups.add(group(i, seconds));
    }
    Collections.shuffle(groups, new Random(count));
    return NamespaceReport.empty(netns)
        .with(new ListenerFigures(groups, 0, OptionalDouble.of(12.5)));
  }

  private static HandshakeCounts handshakes(int seed) {
    Random random = new Random(seed);
    return seed % 4 == 0
        ? HandshakeCounts.ZERO
        : HandshakeCounts.ofNumbered(random.longs(HandshakeCounts.SIZE, 0, 1L << 40).toArray());
  }

  /** Of so many groups and owners. */
  private static NamespaceReport handshakes(NetworkNamespace netns, int count, int seed) {
    List<HandshakeFigures.OfGroup> groups = new ArrayList<>();
    List<HandshakeFigures.OfOwner> owners = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String name = Integer.toString(i);
      groups.add(new HandshakeFigures.OfGroup("10.0.0.1", name, handshakes(seed + i)));
      owners.add(
          new HandshakeFigures.OfOwner(
              new Owner("web-" + name, "", "shop", "cart"), handshakes(seed + 7 * i)));
    }
    Collections.shuffle(groups, new Random(seed));
    return NamespaceReport.empty(netns).with(new HandshakeFigures(groups, owners));
  }

  private static ScanReport report(NamespaceReport... namespaces) {
    return ScanReport.empty(ALL).with(List.of(namespaces), OptionalLong.of(3));
  }

  @Test
  void realReports() throws IOException {
    assertSame(MetricCatalogue.families(), realReport());
    assertSame(MetricCatalogue.families(), ScanReport.empty(ALL));
  }

  @Test
  void manyGroupsInManyNamespaces() throws IOException {
    assertSame(
        MetricCatalogue.families(),
        report(
            listeners(NetworkNamespace.OWN, 500),
            listeners(new NetworkNamespace("web-10", "shop", "cart-7d9"), 60),
            listeners(new NetworkNamespace("web-9", "shop", "cart-7d8"), 59)));
  }

  @Test
  void handshakesInSeveralNamespaces() throws IOException {
    HandshakeHealth health =
        new HandshakeHealth(SourceReason.BEST, "", OptionalDouble.of(3), 1L << 40);
    assertSame(
        MetricCatalogue.families(),
        report(
                handshakes(NetworkNamespace.OWN, 60, 1),
                handshakes(new NetworkNamespace("web-10", "shop", "cart-7d9"), 20, 2))
            .with(health));
  }

  /** More rows than are kept from one exposition to the next, then few again. */
  @Test
  void thousandsOfRows() throws IOException {
    assertSame(MetricCatalogue.families(), report(listeners(NetworkNamespace.OWN, 1300)));
    assertSame(MetricCatalogue.families(), report(listeners(NetworkNamespace.OWN, 3)));
  }

  private static MetricFamily family(
      Kind kind, String unit, String help, List<String> odd, List<Double> values) {
    return new MetricFamily(
        "test." + kind + (kind == Kind.INFO ? ".info" : ""),
        kind,
        kind == Kind.INFO ? "" : unit,
        help,
        List.of("z", "a"),
        kind == Kind.HISTOGRAM ? new Bounds(ODD_BOUNDS, ODD_BOUNDS, List.of()) : Bounds.NONE,
        Collector.SOCKETS,
        (report, sink) -> {
          NetworkNamespace netns = new NetworkNamespace("n", "", "p\\");
          for (String label : odd) {
            for (int i = 0; i < values.size(); i++) {
              String number = Integer.toString(i);
              if (kind == Kind.HISTOGRAM) {
                sink.histogram(netns, cells(i), values.get(i), label, number);
              } else {
                sink.row(netns, i * 7_919L, values.get(i), label, number);
              }
            }
          }
        });
  }

  private static long[] cells(int seed) {
    return new Random(seed).longs(ODD_BOUNDS.size() + 1, 0, 1L << seed).toArray();
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void oddLabelsAndValuesOfEachKind(Kind kind) throws IOException {
    List<Double> values = new ArrayList<>();
    for (double value : ODD_VALUES) {
      if (kind != Kind.COUNTER || !(value < 0)) { // the client refuses such a counter
        values.add(value);
      }
    }
    ScanReport empty = ScanReport.empty(ALL);
    assertSame(List.of(family(kind, "seconds", "Of a test.", ODD_LABELS, values)), empty);
    assertSame(List.of(family(kind, "", "Of a test.", LONG_LABELS, List.of(1.0))), empty);
    for (String help : List.of("", "a \\ backslash, a \" quote,\nand a line", "漢字 \ud83d")) {
      assertSame(List.of(family(kind, "", help, List.of(""), List.of(1.0))), empty);
    }
  }

  @Test
  void histogramsOfDifferentSizes() throws IOException {
    List<MetricFamily> families = new ArrayList<>();
    for (int size : new int[] {0, 15, 1, 40}) {
      List<Double> bounds = IntStream.range(0, size).mapToObj(i -> i / 8.0).toList();
      families.add(
          new MetricFamily(
              "test." + size,
              Kind.HISTOGRAM,
              "",
              "Of a test.",
              size == 1 ? List.of() : List.of("z"),
              new Bounds(bounds, bounds, List.of()),
              null,
              (report, sink) -> {
                for (int i = 0; i < (size == 1 ? 1 : 400); i++) {
                  long[] cells = new Random(i).longs(size + 1, 0, 1000).toArray();
                  String[] labels = size == 1 ? new String[0] : new String[] {"i" + i};
                  sink.histogram(NetworkNamespace.OWN, cells, i / 3.0, labels);
                }
              }));
    }
    assertSame(families, ScanReport.empty(ALL));
  }

  @Test
  void aHistogramHasItsFamilysCells() {
    MetricFamily wrong =
        new MetricFamily(
            "test.wrong",
            Kind.HISTOGRAM,
            "",
            "Wrong.",
            List.of(),
            new Bounds(List.of(1.0), List.of(1.0), List.of()),
            null,
            (report, sink) -> sink.histogram(NetworkNamespace.OWN, new long[3], 0));
    List<Family> rows = new CatalogueCollector(List.of(wrong)).families(ScanReport.empty(ALL), ALL);

    assertThatThrownBy(() -> written(rows, Format.TEXT))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("test_wrong");
  }

  @Test
  void randomValues() throws IOException {
    Random random = new Random(1);
    List<Double> values = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      values.add(Double.longBitsToDouble(random.nextLong()));
      values.add((double) (random.nextLong() >> random.nextInt(64)));
      values.add(random.nextInt(1_000_000) / 1e3);
    }
    MetricFamily numbers =
        new MetricFamily(
            "test",
            Kind.GAUGE,
            "",
            "Numbers.",
            List.of("i"),
            null,
            (report, sink) -> {
              for (int i = 0; i < values.size(); i++) {
                sink.row(values.get(i), Integer.toString(i));
              }
            });
    assertSame(List.of(numbers), ScanReport.empty(ALL));
  }

  @Test
  void theAgentsOwnMeters() throws IOException {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    for (String label : ODD_LABELS) {
      Counter.builder("test.requests").tag("z", label).tag("a", "").register(registry).increment(3);
    }
    Gauge.builder("test.undescribed", () -> 0.25).register(registry);
    Gauge.builder("test.size", () -> 1e9)
        .baseUnit("bytes")
        .description("A \\ and a \".\n")
        .register(registry);
    PrometheusRegistry meters = registry.getPrometheusRegistry();
    MetricSnapshots snapshots = meters.scrape();

    assertThat(snapshots.size()).isEqualTo(3);
    assertSame(snapshots);
  }

  @Test
  void aMeterThatIsAnotherNow() throws IOException {
    assertSame(MetricSnapshots.of(gauge("One.", Labels.EMPTY)));
    assertSame(MetricSnapshots.of(gauge("Another.", Labels.EMPTY)));
    assertSame(MetricSnapshots.of(gauge("Another.", Labels.of("a", "b"))));
    assertSame(
        MetricSnapshots.of(
            CounterSnapshot.builder()
                .name("test")
                .help("Another.")
                .dataPoint(
                    CounterSnapshot.CounterDataPointSnapshot.builder()
                        .value(2)
                        .labels(Labels.of("a", "b"))
                        .build())
                .build()));
  }

  private static GaugeSnapshot gauge(String help, Labels labels) {
    return GaugeSnapshot.builder()
        .name("test")
        .help(help)
        .dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder().value(1).labels(labels).build())
        .build();
  }

  @Test
  void namesOfNodeExporter() throws IOException {
    MetricSnapshots snapshots = new MetricSnapshots(NodeNetstat.read(Path.of("/proc")));

    assertThat(snapshots.size()).isGreaterThan(3);
    assertSame(snapshots);
  }

  @ParameterizedTest
  @EnumSource(Format.class)
  void aWholeBody(Format format) throws IOException {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    Counter.builder("synoptic.http.requests").tag("code", "200").register(registry).increment();
    List<MetricFamily> catalogue = MetricCatalogue.families();
    ScanReport report = realReport();
    Exposition exposition =
        new Exposition(
            registry.getPrometheusRegistry(),
            new CatalogueCollector(catalogue),
            Duration.ofHours(1),
            1 << 20);
    List<MetricSnapshot> expected = ReferenceText.snapshots(catalogue, report);
    registry.getPrometheusRegistry().scrape().forEach(expected::add);

    try (InputStream body = exposition.body(report, format).open(false)) {
      assertThat(body.readAllBytes())
          .isEqualTo(ReferenceText.of(new MetricSnapshots(expected), format));
    }
  }

  @Test
  void contentTypes() {
    for (Format format : Format.values()) {
      assertThat(format.contentType()).isEqualTo(ReferenceText.writer(format).getContentType());
    }
  }

  /** A Prometheus takes neither. */
  @Test
  void twoRowsOfTheSameLabelsAreRefused() {
    MetricFamily twice =
        new MetricFamily(
            "test.twice",
            Kind.GAUGE,
            "",
            "Twice.",
            List.of("a"),
            null,
            (report, sink) -> {
              sink.row(1, "same");
              sink.row(2, "other");
              sink.row(3, "same");
            });
    List<Family> rows = new CatalogueCollector(List.of(twice)).families(ScanReport.empty(ALL), ALL);

    assertThatThrownBy(() -> written(rows, Format.TEXT))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("test_twice");
  }

  private long allocated(ScanReport report, Format format) throws IOException {
    CatalogueCollector collector = new CatalogueCollector(MetricCatalogue.families());
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = 0;
    for (int i = 0; i < 3; i++) { // the first ones load classes and let buffers grow
      before = threads.getCurrentThreadAllocatedBytes();
      write(collector.families(report, ALL), format, OutputStream.nullOutputStream());
    }
    return threads.getCurrentThreadAllocatedBytes() - before;
  }

  /** A group or owner has 35 series of handshakes, sums of seconds without a fraction. */
  @ParameterizedTest
  @EnumSource(Format.class)
  void aHistogramTakesNoMemory(Format format) throws IOException {
    long few = allocated(report(wholeSeconds(20)), format);
    long many = allocated(report(wholeSeconds(300)), format);

    assertThat(many - few).isLessThan(280 * 2 * 35);
  }

  private static NamespaceReport wholeSeconds(int count) {
    long[] numbers = new Random(1).longs(HandshakeCounts.SIZE, 0, 1 << 20).toArray();
    numbers[1] = 0;
    HandshakeCounts counts = HandshakeCounts.ofNumbered(numbers);
    HandshakeFigures some = handshakes(NetworkNamespace.OWN, count, 1).handshakes().orElseThrow();
    return NamespaceReport.empty(NetworkNamespace.OWN)
        .with(
            new HandshakeFigures(
                some.listeners().stream()
                    .map(of -> new HandshakeFigures.OfGroup(of.address(), of.port(), counts))
                    .toList(),
                some.outbound().stream()
                    .map(of -> new HandshakeFigures.OfOwner(of.owner(), counts))
                    .toList()));
  }

  /** But for the JDK's workings on a number with a fraction. Each group has 28 series. */
  @ParameterizedTest
  @EnumSource(Format.class)
  void aSeriesTakesNoMemory(Format format) throws IOException {
    long few = allocated(report(listeners(NetworkNamespace.OWN, 20, () -> 0)), format);
    long many = allocated(report(listeners(NetworkNamespace.OWN, 500, () -> 0)), format);

    assertThat(many - few).isLessThan(480 * 28);
  }
}
