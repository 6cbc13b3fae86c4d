package io.synoptic.agent;

import java.util.Arrays;

/**
 * The rows of one family, sorted by the values of their labels as the Prometheus client sorts them.
 * The memory is used again for the next family.
 */
final class FamilyRows {
  private static final int INITIAL_ROWS = 256;

  /** What is kept from one exposition to the next; a host may have a hundred thousand rows. */
  private static final int KEPT_ROWS = 8192;

  private FamilyText family;
  private int labelsPerRow;
  private int rows;
  private int labelsOfRow;

  private double[] values;
  private long[] counts;

  /** By row and by cell. */
  private long[] cells = {};

  /** By row and by place. */
  private String[] labels = {};

  /** Numbers of the rows. */
  private int[] order;

  private int sorted;
  private int[] firstHalf;

  FamilyRows() {
    allocate();
  }

  private void allocate() {
    values = new double[INITIAL_ROWS];
    counts = new long[INITIAL_ROWS];
    order = new int[INITIAL_ROWS];
    firstHalf = new int[INITIAL_ROWS];
    labels = new String[INITIAL_ROWS];
    cells = new long[0];
    sorted = 0;
  }

  /** Forgets all rows; those that are added are {@code next}'s. */
  void begin(FamilyText next) {
    family = next;
    labelsPerRow = next.labels();
    labelsOfRow = labelsPerRow;
    rows = 0;
  }

  /**
   * Adds a row, of which the labels follow in the family's order.
   *
   * @param count of observations, for a summary; else 0
   * @param value for a summary the sum
   */
  void add(long count, double value) {
    checkLabels();
    if (rows == values.length) {
      int more = rows + rows / 2;
      values = Arrays.copyOf(values, more);
      counts = Arrays.copyOf(counts, more);
      order = Arrays.copyOf(order, more);
      firstHalf = new int[more];
    }
    if ((rows + 1) * labelsPerRow > labels.length) {
      labels = Arrays.copyOf(labels, values.length * labelsPerRow);
    }
    values[rows] = value;
    counts[rows] = count;
    rows++;
    labelsOfRow = 0;
  }

  /** The same for a histogram, of which {@code sum} is the value. */
  void add(long[] observations, double sum) {
    int width = family.cells();
    if (observations.length != width) {
      throw new IllegalStateException(
          family.name() + ": a row of " + observations.length + " cells");
    }
    long count = 0;
    for (long inCell : observations) {
      count += inCell;
    }
    add(count, sum);
    if (rows * width > cells.length) {
      cells = Arrays.copyOf(cells, (rows + rows / 2 + 1) * width);
    }
    System.arraycopy(observations, 0, cells, (rows - 1) * width, width);
  }

  /** Adds a label to the last row. */
  void label(String value) {
    labels[(rows - 1) * labelsPerRow + family.place(labelsOfRow)] = value;
    labelsOfRow++;
  }

  private void checkLabels() {
    if (labelsOfRow != labelsPerRow) {
      throw new IllegalStateException(family.name() + ": a row of " + labelsOfRow + " labels");
    }
  }

  int size() {
    return rows;
  }

  /** Sorts the rows: from here on they go by their number in that order. */
  void sort() {
    checkLabels();
    // Listeners have the same rows in many families: then this is their order already.
    if (sorted != rows) {
      for (int row = 0; row < rows; row++) {
        order[row] = row;
      }
      sorted = rows;
    }
    for (int length = 1; length < rows; length *= 2) {
      for (int from = 0; from + length < rows; from += 2 * length) {
        merge(from, from + length, Math.min(from + 2 * length, rows));
      }
    }
  }

  private void merge(int from, int middle, int to) {
    if (compare(order[middle - 1], order[middle]) < 0) {
      return;
    }
    int left = 0;
    int leftEnd = middle - from;
    System.arraycopy(order, from, firstHalf, 0, leftEnd);
    int right = middle;
    int next = from;
    while (left < leftEnd && right < to) {
      boolean takesLeft = compare(firstHalf[left], order[right]) < 0;
      order[next++] = takesLeft ? firstHalf[left++] : order[right++];
    }
    System.arraycopy(firstHalf, left, order, next, leftEnd - left);
  }

  private int compare(int row, int other) {
    int at = row * labelsPerRow;
    int otherAt = other * labelsPerRow;
    for (int place = 0; place < labelsPerRow; place++) {
      int order = labels[at + place].compareTo(labels[otherAt + place]);
      if (order != 0) {
        return order;
      }
    }
    throw new IllegalStateException(family.name() + ": two rows have the same labels");
  }

  double value(int row) {
    return values[order[row]];
  }

  long count(int row) {
    return counts[order[row]];
  }

  /** Observations in one of a histogram's cells. */
  long cell(int row, int number) {
    return cells[order[row] * family.cells() + number];
  }

  String label(int row, int place) {
    return labels[order[row] * labelsPerRow + place];
  }

  /** Gives back what most expositions don't need, and holds no label. */
  void end() {
    if (values.length > KEPT_ROWS) {
      allocate();
    } else {
      Arrays.fill(labels, null);
    }
  }
}
