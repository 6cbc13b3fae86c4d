package io.synoptic.agent;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.synoptic.Collector;
import io.synoptic.ScanReport;
import io.synoptic.agent.ReportCollector.Family;
import io.synoptic.agent.web.Body;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
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
      for (String type : AcceptHeader.values(acceptHeaders)) {
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

  private static final Logger LOG = LoggerFactory.getLogger(Exposition.class);

  private final PrometheusRegistry registry;
  private final ReportCollector collector;
  private final Duration maxAge;
  private final long maxBytes;

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
    this.maxBytes = maxBytes;
  }

  /** Publishes whether the bodies are whole. */
  void register(MeterRegistry meters) {
    Gauge.builder("synoptic.exposition.success", this, exposition -> exposition.whole ? 1 : 0)
        .description("1 if this answer is whole; 0 if there is no memory for its data families.")
        .strongReference(true)
        .register(meters);
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
      return Body.of(out -> write(report, fresh, format, out), maxBytes);
    } catch (Body.TooLargeException | OutOfMemoryError e) {
      whole = false;
      if (before) {
        LOG.error("the data families are left out: {}; lower --listener.max", e.toString());
      }
      return Body.of(out -> write(report, Set.of(), format, out), maxBytes);
    }
  }

  /** In the order of their names; each family is made when its turn comes. */
  private void write(ScanReport report, Set<Collector> fresh, Format format, OutputStream out)
      throws IOException {
    List<Family> families = new ArrayList<>(collector.families(report, fresh));
    for (MetricSnapshot own : registry.scrape()) {
      families.add(new Family(own.getMetadata().getPrometheusName(), () -> own));
    }
    families.sort(Comparator.comparing(Family::name));
    Batch batch = new Batch(format.writer(), out);
    for (Family family : families) {
      batch.add(family.rows().get());
    }
    batch.write();
    if (format == Format.OPEN_METRICS) {
      out.write(Batch.END);
    }
  }

  /** Families that are written together; what the writer ends each batch with is left out. */
  private static final class Batch extends FilterOutputStream {
    static final byte[] END = "# EOF\n".getBytes(StandardCharsets.US_ASCII);

    /** Figures to write at once: of more, a family is held alone. */
    private static final int FIGURES = 1000;

    private final ExpositionFormatWriter writer;
    private final List<MetricSnapshot> families = new ArrayList<>();
    private int figures;

    /** The last bytes, which may be the end. */
    private byte[] held = {};

    Batch(ExpositionFormatWriter writer, OutputStream out) {
      super(out);
      this.writer = writer;
    }

    void add(MetricSnapshot family) throws IOException {
      families.add(family);
      figures += family.getDataPoints().size();
      if (figures >= FIGURES) {
        write();
      }
    }

    void write() throws IOException {
      writer.write(this, new MetricSnapshots(families));
      if (!Arrays.equals(held, END)) {
        out.write(held);
      }
      held = new byte[0];
      families.clear();
      figures = 0;
    }

    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
      // The writer's buffer is thousands of bytes: only its last piece may be a few.
      if (count < END.length) {
        byte[] all = Arrays.copyOf(held, held.length + count);
        System.arraycopy(bytes, offset, all, held.length, count);
        int most = Math.max(0, all.length - END.length);
        out.write(all, 0, most);
        held = Arrays.copyOfRange(all, most, all.length);
        return;
      }
      out.write(held);
      out.write(bytes, offset, count - END.length);
      held = Arrays.copyOfRange(bytes, offset + count - END.length, offset + count);
    }

    @Override
    public void flush() {
      // when all is written
    }
  }
}
