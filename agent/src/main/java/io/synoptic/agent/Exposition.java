package io.synoptic.agent;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.synoptic.ScanReport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.eclipse.jetty.http.QuotedQualityCSV;

/** Reports as text. Each is rendered once a format, however many scrapers ask for it. */
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

  /** A rendered report, as it is and compressed. */
  record Body(ByteBuffer plain, ByteBuffer gzip) {}

  private final PrometheusRegistry registry;
  private final CatalogueCollector collector = new CatalogueCollector();
  private final Duration maxAge;

  private ScanReport rendered;
  private boolean renderedWithData;
  private final Map<Format, Body> bodies = new EnumMap<>(Format.class);

  Exposition(PrometheusMeterRegistry registry, Duration maxAge) {
    this.registry = registry.getPrometheusRegistry();
    this.registry.register(collector);
    this.maxAge = maxAge;
  }

  /** The report in one format; without the data families if its snapshot is too old. */
  synchronized Body body(ScanReport report, Format format) {
    boolean withData = report.isFresh(maxAge);
    if (report != rendered || withData != renderedWithData) {
      bodies.clear();
      rendered = report;
      renderedWithData = withData;
    }
    return bodies.computeIfAbsent(format, f -> render(report, withData, f));
  }

  private Body render(ScanReport report, boolean withData, Format format) {
    collector.show(report, withData);
    ByteArrayOutputStream plain = new ByteArrayOutputStream(16384);
    ByteArrayOutputStream compressed = new ByteArrayOutputStream(4096);
    try {
      format.writer().write(plain, registry.scrape());
      try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
        plain.writeTo(gzip);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Body(readOnly(plain), readOnly(compressed));
  }

  private static ByteBuffer readOnly(ByteArrayOutputStream bytes) {
    return ByteBuffer.wrap(bytes.toByteArray()).asReadOnlyBuffer();
  }
}
