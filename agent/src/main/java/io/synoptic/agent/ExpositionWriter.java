package io.synoptic.agent;

import io.synoptic.agent.Exposition.Format;
import io.synoptic.agent.ReportCollector.Family;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Writes families as Prometheus text 0.0.4 or OpenMetrics 1.0.0, byte by byte what the Prometheus
 * client writes. Makes no object for a series. Not for use by several threads.
 */
final class ExpositionWriter {
  private static final int BUFFER_BYTES = 8192;

  private static final byte[] END = "# EOF\n".getBytes(StandardCharsets.US_ASCII);

  private final FamilyRows rows = new FamilyRows();
  private final StringBuilder number = new StringBuilder();
  private byte[] buffer = new byte[BUFFER_BYTES];
  private int length;
  private OutputStream out;

  /** Writes families in their order, each as it is read; one without rows is left out. */
  void write(List<Family> families, Format format, OutputStream to) throws IOException {
    out = to;
    length = 0;
    try {
      for (Family family : families) {
        rows.begin(family.text());
        family.reader().read(rows);
        write(family.text(), format);
      }
      if (format == Format.OPEN_METRICS) {
        write(END);
      }
      flush();
    } finally {
      rows.end();
    }
  }

  private void write(FamilyText family, Format format) throws IOException {
    if (rows.size() == 0) {
      return;
    }
    rows.sort();
    write(family.header(format));
    for (int row = 0; row < rows.size(); row++) {
      switch (family.type()) {
        case SUMMARY -> writeCountAndSum(family, row);
        case HISTOGRAM -> writeHistogram(family, row, format);
        default -> {
          writeSeries(family.seriesName(), family, row);
          if (family.type() == FamilyText.Type.INFO) {
            write('1');
          } else {
            write(rows.value(row));
          }
          write('\n');
        }
      }
    }
  }

  /** In OpenMetrics a histogram has both count and sum, or neither. */
  private void writeHistogram(FamilyText family, int row, Format format) throws IOException {
    long count = 0;
    for (int cell = 0; cell < family.cells(); cell++) {
      count += rows.cell(row, cell);
      byte[] bound = family.bound(cell);
      if (bound != null) {
        write(family.bucketName());
        writeLabels(family, row);
        write(bound);
        write(count);
        write('\n');
      }
    }
    if (format != Format.OPEN_METRICS || !Double.isNaN(rows.value(row))) {
      writeCountAndSum(family, row);
    }
  }

  private void writeCountAndSum(FamilyText family, int row) throws IOException {
    writeSeries(family.seriesName(), family, row);
    write(rows.count(row));
    write('\n');
    if (!Double.isNaN(rows.value(row))) {
      writeSeries(family.sumName(), family, row);
      write(rows.value(row));
      write('\n');
    }
  }

  private void writeSeries(byte[] name, FamilyText family, int row) throws IOException {
    write(name);
    writeLabels(family, row);
    write(family.before(family.labels()));
  }

  private void writeLabels(FamilyText family, int row) throws IOException {
    for (int place = 0; place < family.labels(); place++) {
      write(family.before(place));
      writeEscaped(rows.label(row, place));
    }
  }

  private void write(long value) throws IOException {
    number.setLength(0);
    writeAscii(number.append(value));
  }

  private void write(double value) throws IOException {
    number.setLength(0);
    if (value == Double.POSITIVE_INFINITY) {
      number.append("+Inf");
    } else if (value == Double.NEGATIVE_INFINITY) {
      number.append("-Inf");
    } else {
      number.append(value);
    }
    writeAscii(number);
  }

  private void writeAscii(StringBuilder text) throws IOException {
    makeRoom(text.length());
    for (int i = 0; i < text.length(); i++) {
      buffer[length++] = (byte) text.charAt(i);
    }
  }

  private void writeEscaped(String text) throws IOException {
    makeRoom(Utf8.MAX_CHAR_BYTES * text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' || c == '"' || c == '\n') {
        buffer[length++] = '\\';
        buffer[length++] = (byte) (c == '\n' ? 'n' : c);
      } else {
        length = Utf8.put(text, i, buffer, length);
      }
    }
  }

  private void write(byte[] text) throws IOException {
    makeRoom(text.length);
    System.arraycopy(text, 0, buffer, length, text.length);
    length += text.length;
  }

  private void write(char ascii) throws IOException {
    makeRoom(1);
    buffer[length++] = (byte) ascii;
  }

  private void makeRoom(int bytes) throws IOException {
    if (bytes > buffer.length - length) {
      flush();
      if (bytes > buffer.length) {
        buffer = new byte[bytes];
      }
    }
  }

  private void flush() throws IOException {
    out.write(buffer, 0, length);
    length = 0;
  }
}
