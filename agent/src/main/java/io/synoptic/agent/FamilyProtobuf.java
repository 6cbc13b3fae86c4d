package io.synoptic.agent;

import io.synoptic.catalogue.MetricFamily.Bounds;
import java.util.List;

/** What every message of a family says besides its rows, encoded once. */
final class FamilyProtobuf {
  private static final int NAME = 1;
  private static final int HELP = 2;
  private static final int TYPE = 3;
  private static final int LABEL_NAME = 1;

  private final byte[] header;
  private final int valueField;
  private final byte[][] labelNames;
  private final double[] bounds;

  /** Null if there is no native histogram. */
  private final NativeBuckets nativeBuckets;

  /**
   * The parts of a family's messages.
   *
   * @param series its name, with what its type adds
   * @param labels their names, in the order in which they are written
   */
  FamilyProtobuf(
      FamilyText.Type type, String series, String help, List<String> labels, Bounds bounds) {
    ProtobufBuffer fields = new ProtobufBuffer();
    fields.string(NAME, series);
    fields.string(HELP, help);
    fields.varint(TYPE, number(type));
    header = fields.toByteArray();
    valueField = valueField(type);
    labelNames = new byte[labels.size()][];
    for (int i = 0; i < labelNames.length; i++) {
      fields.clear();
      fields.string(LABEL_NAME, labels.get(i));
      labelNames[i] = fields.toByteArray();
    }
    this.bounds = new double[bounds.cells().size() + 1];
    for (int i = 0; i < bounds.cells().size(); i++) {
      double bound = bounds.cells().get(i);
      this.bounds[i] = bounds.classic().contains(bound) ? bound : Double.NaN;
    }
    this.bounds[bounds.cells().size()] = Double.POSITIVE_INFINITY;
    nativeBuckets = bounds.powers().isEmpty() ? null : new NativeBuckets(bounds);
  }

  /** Of {@code MetricType}. */
  private static int number(FamilyText.Type type) {
    return switch (type) {
      case COUNTER -> 0;
      case GAUGE, INFO -> 1;
      case SUMMARY -> 2;
      case UNKNOWN -> 3;
      case HISTOGRAM -> 4;
    };
  }

  private static int valueField(FamilyText.Type type) {
    return switch (type) {
      case GAUGE, INFO -> 2;
      case COUNTER -> 3;
      case SUMMARY -> 4;
      case UNKNOWN -> 5;
      case HISTOGRAM -> 7;
    };
  }

  /** The fields before the rows. */
  byte[] header() {
    return header;
  }

  /** The field of a metric that has its value. */
  int valueField() {
    return valueField;
  }

  /** The first field of a label. */
  byte[] labelName(int place) {
    return labelNames[place];
  }

  int cells() {
    return bounds.length;
  }

  /** The bound of the classic bucket that ends with this cell; NaN if no bucket ends there. */
  double bound(int cell) {
    return bounds[cell];
  }

  NativeBuckets nativeBuckets() {
    return nativeBuckets;
  }
}
