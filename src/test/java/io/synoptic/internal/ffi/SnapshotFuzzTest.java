package io.synoptic.internal.ffi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.synoptic.HandshakeCounts;
import io.synoptic.SocketSnapshot;
import io.synoptic.Source;
import io.synoptic.SourceReason;
import io.synoptic.SourceUsed;
import io.synoptic.testing.Seeds;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Any bytes in the place of what libsynoptic leaves in a buffer: scripts/fuzz makes more of them.
 */
public class SnapshotFuzzTest {
  private static final int HEADER =
      SnapshotLayout.HEADER_TABLE + SnapshotLayout.TABLE_SIZE * SnapshotLayout.TABLES;

  private static final SourceUsed SOURCE = new SourceUsed(Source.BPF, SourceReason.BEST, "");

  /** What Jazzer calls. */
  public static void fuzzerTestOneInput(byte[] input) {
    try {
      readNode(buffer(input, HEADER));
    } catch (IllegalStateException e) {
      assertThat(e).hasMessageStartingWith("libsynoptic ");
    }
    try {
      SourceUsed used = SnapshotReader.source(buffer(input, HEADER), Source.AUTO);
      readListeners(new ListenerTable(buffer(input, HEADER), used));
    } catch (IllegalStateException e) {
      assertThat(e).hasMessageStartingWith("libsynoptic ");
    }
    try {
      readHandshakes(new HandshakeTable(buffer(input, HandshakeLayout.HEADER_SIZE)));
    } catch (IllegalStateException e) {
      assertThat(e).hasMessageStartingWith("libsynoptic ");
    }
  }

  /** The header is always there: libsynoptic takes no smaller buffer. */
  private static ByteBuffer buffer(byte[] input, int least) {
    return ByteBuffer.wrap(Arrays.copyOf(input, Math.max(input.length, least)))
        .order(ByteOrder.nativeOrder());
  }

  /** As a scan of every namespace is read: each row of a table is one namespace's. */
  private static void readNode(ByteBuffer buffer) {
    NamespaceTable namespaces = new NamespaceTable(buffer);
    ListenerTable[] tables = ListenerTable.ofEach(buffer, SOURCE);
    SnapshotReader snapshots = new SnapshotReader(buffer);
    int listeners = 0;
    for (int row = 0; row < namespaces.count(); row++) {
      assertThat(namespaces.limits(row).values()).allMatch(limit -> limit >= 0);
      SocketSnapshot snapshot =
          snapshots.read(row, SOURCE, Instant.EPOCH, OptionalLong.empty()).build();
      assertThat(snapshot.destinations()).doesNotContainNull();
      listeners += tables[row].count();
      readListeners(tables[row]);
    }
    if (tables.length > 0) {
      assertThat(listeners).isEqualTo(Table.of(buffer, SnapshotLayout.LISTENERS).count());
    }
  }

  private static void readListeners(ListenerTable table) {
    assertThat(table.toList()).hasSize(table.count());
    for (int row = 0; row < table.count(); row++) {
      assertThat(table.synQueueLength(row) + table.fastOpenQueueLength(row)).isNotNegative();
      assertThat(table.port(row)).isBetween(0, 65535);
    }
  }

  private static void readHandshakes(HandshakeTable table) {
    for (int row = 0; row < table.count(); row++) {
      table.isZero(row);
      table.added(row, new long[HandshakeCounts.SIZE]);
      assertThat(table.key(row).netnsCookie() == 0).isEqualTo(table.isOther(row));
      if (!table.isOutbound(row)) {
        assertThat(table.address(row).text()).isNotEmpty();
      }
    }
  }

  static List<Seeds.Seed> seeds() throws Exception {
    return Seeds.of("snapshot");
  }

  private static byte[] seed(String name) throws Exception {
    return seeds().stream()
        .filter(seed -> seed.toString().equals(name))
        .findFirst()
        .orElseThrow()
        .bytes();
  }

  @Test
  void aSnapshotAsLibsynopticLeavesItIsRead() throws Exception {
    readNode(buffer(seed("sock-diag"), HEADER));
    readListeners(new ListenerTable(buffer(seed("listeners-alone"), HEADER), SOURCE));
    readHandshakes(new HandshakeTable(buffer(seed("handshakes"), HandshakeLayout.HEADER_SIZE)));
  }

  @ParameterizedTest
  @CsvSource({
    "count-beyond, has 4294967295 rows",
    "stride-zero, rows of 0 bytes",
    "offset-beyond, from byte 2147483648 of 1560",
    "no-such-namespace, names row 2147483648 of 1",
    "no-such-family, names a family that this version",
  })
  void whatIsNotInTheBufferIsNamed(String name, String what) throws Exception {
    ByteBuffer buffer = buffer(seed(name), HEADER);

    assertThatIllegalStateException()
        .isThrownBy(() -> readNode(buffer))
        .withMessageStartingWith("libsynoptic ")
        .withMessageContaining(what);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void seedsAreReadOrRefused(Seeds.Seed seed) {
    fuzzerTestOneInput(seed.bytes());
  }
}
