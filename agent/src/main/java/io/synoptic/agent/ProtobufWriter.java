package io.synoptic.agent;

import io.synoptic.agent.ReportCollector.Family;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/**
 * Writes families as messages {@code io.prometheus.client.MetricFamily}, each behind its length,
 * byte by byte what the Prometheus client writes. A histogram is a classic and a native one. Makes
 * no object for a series. Not for use by several threads.
 */
final class ProtobufWriter {
  private static final int FAMILY_METRIC = 4;
  private static final int METRIC_LABEL = 1;
  private static final int LABEL_VALUE = 2;

  /** Of a gauge, counter and what is untyped. */
  private static final int VALUE = 1;

  /** Of a summary and a histogram. */
  private static final int SAMPLE_COUNT = 1;

  private static final int SAMPLE_SUM = 2;
  private static final int BUCKET = 3;
  private static final int BUCKET_CUMULATIVE_COUNT = 1;
  private static final int BUCKET_UPPER_BOUND = 2;
  private static final int SCHEMA = 5;
  private static final int ZERO_THRESHOLD = 6;
  private static final int ZERO_COUNT = 7;

  private final FamilyRows rows = new FamilyRows();
  private final ProtobufBuffer buffer = new ProtobufBuffer();

  /** Writes families in their order, each as it is read; one without rows is left out. */
  void write(List<Family> families, OutputStream to) throws IOException {
    try {
      for (Family family : families) {
        rows.begin(family.text());
        family.reader().read(rows);
        if (rows.size() > 0) {
          rows.sort();
          buffer.clear();
          write(family.text());
          buffer.writeDelimited(to);
        }
      }
    } finally {
      rows.end();
    }
  }

  private void write(FamilyText family) {
    buffer.fields(family.protobuf().header());
    for (int row = 0; row < rows.size(); row++) {
      int metric = buffer.begin(FAMILY_METRIC);
      for (int place = 0; place < family.labels(); place++) {
        int label = buffer.begin(METRIC_LABEL);
        buffer.fields(family.protobuf().labelName(place));
        buffer.string(LABEL_VALUE, rows.label(row, place));
        buffer.end(label);
      }
      int value = buffer.begin(family.protobuf().valueField());
      switch (family.type()) {
        case SUMMARY -> writeCountAndSum(row);
        case HISTOGRAM -> writeHistogram(family.protobuf(), row);
        case INFO -> buffer.number(VALUE, 1);
        default -> buffer.number(VALUE, rows.value(row));
      }
      buffer.end(value);
      buffer.end(metric);
    }
  }

  private void writeCountAndSum(int row) {
    buffer.varint(SAMPLE_COUNT, rows.count(row));
    if (!Double.isNaN(rows.value(row))) {
      buffer.number(SAMPLE_SUM, rows.value(row));
    }
  }

  private void writeHistogram(FamilyProtobuf family, int row) {
    writeCountAndSum(row);
    NativeBuckets natives = family.nativeBuckets();
    if (natives != null) {
      natives.clear();
    }
    long count = 0;
    for (int cell = 0; cell < family.cells(); cell++) {
      long observations = rows.cell(row, cell);
      count += observations;
      if (natives != null) {
        natives.add(cell, observations);
      }
      if (!Double.isNaN(family.bound(cell))) {
        int bucket = buffer.begin(BUCKET);
        buffer.varint(BUCKET_CUMULATIVE_COUNT, count);
        buffer.number(BUCKET_UPPER_BOUND, family.bound(cell));
        buffer.end(bucket);
      }
    }
    if (natives != null) {
      buffer.signed(SCHEMA, 0);
      buffer.number(ZERO_THRESHOLD, natives.zeroThreshold());
      buffer.varint(ZERO_COUNT, natives.zeroCount());
      natives.write(buffer);
    }
  }
}
