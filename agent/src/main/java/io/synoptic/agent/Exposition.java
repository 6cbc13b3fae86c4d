package io.synoptic.agent;

import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.synoptic.Collector;
import io.synoptic.ScanReport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.eclipse.jetty.http.QuotedQualityCSV;

/**
 * Reports as text. Each is rendered once a format, however many scrapers ask for it; compressed as
 * it is written, for a host of many listeners has a megabyte of text.
 */
final class Exposition {
  /** The formats of the Prometheus client that need no protocol compiler. */
  enum Format {
    TEXT,
    OPEN_METRICS;

    private ExpositionFormatWriter writer() {
      return switch (this) {
        case TEXT -> PrometheusTextFormatWriter.create();
        case OPEN_METRICS -> OpenMetricsTextFormatWriter.create();
      };
    }

    /** The one a scraper likes best; text if it names neither. */
    static Format preferred(List<String> acceptHeaders) {
      QuotedQualityCSV accepted = new QuotedQualityCSV();
      acceptHeaders.forEach(accepted::addValue);
      for (String type : accepted.getValues()) {
        if (type.startsWith("application/openmetrics-text")) {
          return OPEN_METRICS;
        }
        if (type.startsWith("text/plain") || type.startsWith("text/*") || type.startsWith("*/*")) {
          return TEXT;
        }
      }
      return TEXT;
    }

    String contentType() {
      return writer().getContentType();
    }
  }

  private record Kind(Format format, boolean gzip) {}

  private final PrometheusRegistry registry;
  private final ReportCollector collector;
  private final Duration maxAge;

  private ScanReport rendered;
  private Set<Collector> renderedFresh;
  private final Map<Kind, ByteBuffer> bodies = new HashMap<>();

  /** Bytes that the last body of a kind took: the next one will take about as many. */
  private final Map<Kind, Integer> sizes = new HashMap<>();

  /** Shows all that is in {@code registry}, and {@code collector}, which is put into it. */
  Exposition(PrometheusRegistry registry, ReportCollector collector, Duration maxAge) {
    this.registry = registry;
    this.collector = collector;
    registry.register(collector);
    this.maxAge = maxAge;
  }

  /** The report in one format; without the data families if its snapshot is too old. */
  synchronized ByteBuffer body(ScanReport report, Format format, boolean gzip) {
    Set<Collector> fresh = report.fresh(maxAge);
    if (report != rendered || !fresh.equals(renderedFresh)) {
      bodies.clear();
      rendered = report;
      renderedFresh = fresh;
    }
    return bodies.computeIfAbsent(new Kind(format, gzip), kind -> render(report, fresh, kind));
  }

  private ByteBuffer render(ScanReport report, Set<Collector> fresh, Kind kind) {
    collector.show(report, fresh);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(sizes.getOrDefault(kind, 4096) + 1024);
    try (OutputStream out = kind.gzip ? new GZIPOutputStream(bytes) : bytes) {
      kind.format.writer().write(out, registry.scrape());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    sizes.put(kind, bytes.size());
    return ByteBuffer.wrap(bytes.toByteArray()).asReadOnlyBuffer();
  }
}
