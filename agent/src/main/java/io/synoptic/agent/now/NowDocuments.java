package io.synoptic.agent.now;

import io.synoptic.ScanReport;
import io.synoptic.agent.web.Body;
import io.synoptic.agent.web.Compressor;
import io.synoptic.agent.web.EntityTag;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reports as documents. Each is made once, however many ask for it. */
public final class NowDocuments {
  private final NowReader reader;
  private final Viewers viewers;
  private final Compressor compressor;
  private @Nullable ScanReport made;
  private boolean madeStale;
  private @Nullable Document document;

  /**
   * A report for people.
   *
   * @param json of {@code now}
   * @param etag of the JSON, as the header has it
   */
  public record Document(Now now, Body json, String etag) {}

  /**
   * No document yet.
   *
   * @param viewers who say how often there is a new one
   * @param maxBytes that one may take, compressed
   */
  public NowDocuments(NowReader reader, Viewers viewers, long maxBytes) {
    this.reader = reader;
    this.viewers = viewers;
    compressor = new Compressor(maxBytes);
  }

  /**
   * The document of a report.
   *
   * @throws UncheckedIOException of a {@link Compressor.TooLargeException} if it has no room
   */
  public synchronized Document of(ScanReport report) {
    boolean stale = reader.isStale(report);
    if (document == null || !report.equals(made) || stale != madeStale) {
      document = make(report);
      made = report;
      madeStale = stale;
    }
    return document;
  }

  private Document make(ScanReport report) {
    Now now = reader.read(report, viewers.refreshSeconds());
    EntityTag tag = new EntityTag();
    try {
      Body json =
          compressor.body(
              out -> {
                Writer text = writer(tag.over(out));
                NowJson.write(now, text);
                text.flush();
              });
      return new Document(now, json, tag.value());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Writer writer(OutputStream out) {
    return new OutputStreamWriter(out, StandardCharsets.UTF_8);
  }
}
