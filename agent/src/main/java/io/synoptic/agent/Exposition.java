package io.synoptic.agent;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.synoptic.Collector;
import io.synoptic.ScanReport;
import io.synoptic.agent.ReportCollector.Family;
import io.synoptic.agent.web.Body;
import io.synoptic.agent.web.Compressor;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports as text. Each is rendered once a format, however many scrapers ask for it; family by
 * family, and compressed as it is written, for a host of many listeners has megabytes of text.
 */
final class Exposition {
  /** The formats of the Prometheus client. */
  enum Format {
    TEXT("text/plain; version=0.0.4; charset=utf-8"),
    OPEN_METRICS("application/openmetrics-text; version=1.0.0; charset=utf-8"),
    /** The one that has native histograms. */
    PROTOBUF(
        "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily;"
            + " encoding=delimited");

    private final String contentType;

    Format(String contentType) {
      this.contentType = contentType;
    }

    /** The one a scraper likes best; text if it names neither. */
    static Format preferred(List<String> acceptHeaders) {
      for (String type : AcceptHeader.values(acceptHeaders)) {
        if (isProtobuf(type)) {
          return PROTOBUF;
        }
        if (type.startsWith("application/openmetrics-text")) {
          return OPEN_METRICS;
        }
        if (type.startsWith("text/plain") || type.startsWith("text/*") || type.startsWith("*/*")) {
          return TEXT;
        }
      }
      return TEXT;
    }

    /** There are other messages, and other encodings of this one. */
    private static boolean isProtobuf(String type) {
      return type.startsWith("application/vnd.google.protobuf")
          && type.contains("proto=io.prometheus.client.MetricFamily")
          && type.contains("encoding=delimited");
    }

    String contentType() {
      return contentType;
    }
  }

  private static final Logger LOG = LoggerFactory.getLogger(Exposition.class);

  private final PrometheusRegistry registry;
  private final ReportCollector collector;
  private final Duration maxAge;
  private final SnapshotFamilies meters = new SnapshotFamilies();
  private final ExpositionWriter writer = new ExpositionWriter();
  private final ProtobufWriter protobufWriter = new ProtobufWriter();
  private final Compressor compressor;

  private ScanReport rendered;
  private Set<Collector> renderedFresh;
  private final Map<Format, Body> bodies = new EnumMap<>(Format.class);
  private volatile boolean whole = true;

  /**
   * Shows all that is in {@code registry}, and {@code collector}.
   *
   * @param maxBytes that a body may take, compressed
   */
  Exposition(
      PrometheusRegistry registry, ReportCollector collector, Duration maxAge, long maxBytes) {
    this.registry = registry;
    this.collector = collector;
    this.maxAge = maxAge;
    compressor = new Compressor(maxBytes);
  }

  /** Publishes whether the bodies are whole. */
  void register(MeterRegistry to) {
    Gauge.builder("synoptic.exposition.success", this, exposition -> exposition.whole ? 1 : 0)
        .description("1 if this answer is whole; 0 if there is no memory for its data families.")
        .strongReference(true)
        .register(to);
  }

  /** Whether the last body had all that it should have. */
  boolean isWhole() {
    return whole;
  }

  /**
   * The report in one format; without the data families if its snapshot is too old, or if there is
   * no memory for them.
   */
  synchronized Body body(ScanReport report, Format format) {
    Set<Collector> fresh = report.fresh(maxAge);
    if (!report.equals(rendered) || !fresh.equals(renderedFresh)) {
      bodies.clear();
      rendered = report;
      renderedFresh = fresh;
    }
    Body body = bodies.get(format);
    if (body == null) {
      try {
        body = render(report, fresh, format);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      bodies.put(format, body);
    }
    return body;
  }

  private Body render(ScanReport report, Set<Collector> fresh, Format format) throws IOException {
    boolean before = whole;
    try {
      whole = true;
      return compressor.body(out -> write(report, fresh, format, out));
    } catch (Compressor.TooLargeException | OutOfMemoryError e) {
      whole = false;
      if (before) {
        LOG.error("the data families are left out: {}; lower --listener.max", e.toString());
      }
      return compressor.body(out -> write(report, Set.of(), format, out));
    }
  }

  /** In the order of their names; each family is read when its turn comes. */
  private void write(ScanReport report, Set<Collector> fresh, Format format, OutputStream out)
      throws IOException {
    List<Family> families = new ArrayList<>(collector.families(report, fresh));
    families.addAll(meters.of(registry.scrape()));
    families.sort(Comparator.comparing(Family::name));
    if (format == Format.PROTOBUF) {
      protobufWriter.write(families, out);
    } else {
      writer.write(families, format, out);
    }
  }
}
