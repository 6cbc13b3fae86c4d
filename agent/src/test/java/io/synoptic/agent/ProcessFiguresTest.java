package io.synoptic.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.synoptic.Collector;
import io.synoptic.ScanReport;
import io.synoptic.agent.Exposition.Format;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessFiguresTest {
  private static final Path PROC = Path.of("/proc");

  /** AT_PAGESZ of getauxval(3). */
  private static final long PAGE_SIZE = 6;

  @TempDir private Path procfs;
  private Path self;

  @BeforeEach
  void makeSelf() throws IOException {
    self = Files.createDirectory(procfs.resolve("self"));
  }

  private static Map<String, Double> read(ProcessFigures figures) throws IOException {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    ScanReport report = ScanReport.empty(Set.of(Collector.SOCKETS));
    new ExpositionWriter().write(figures.families(report, Set.of()), Format.TEXT, text);
    Map<String, Double> values = new TreeMap<>();
    text.toString(UTF_8)
        .lines()
        .filter(line -> !line.startsWith("#"))
        .map(line -> line.split(" ", 2))
        .forEach(words -> values.put(words[0], Double.valueOf(words[1])));
    return values;
  }

  @Test
  void theFiguresAreThoseOfThisProcess() throws IOException {
    Map<String, Double> values = read(new ProcessFigures(PROC));

    assertThat(values)
        .containsOnlyKeys(
            "process_cpu_seconds_total",
            "process_max_fds",
            "process_open_fds",
            "process_resident_memory_bytes",
            "process_start_time_seconds",
            "process_virtual_memory_bytes");
    ProcessHandle.Info info = ProcessHandle.current().info();
    assertThat(values.get("process_cpu_seconds_total"))
        .isCloseTo(info.totalCpuDuration().orElseThrow().toMillis() / 1e3, within(1.0));
    assertThat(values.get("process_start_time_seconds"))
        .isCloseTo(info.startInstant().orElseThrow().toEpochMilli() / 1e3, within(1.0))
        .isLessThan(Instant.now().toEpochMilli() / 1e3);
    assertThat(values.get("process_resident_memory_bytes"))
        .isGreaterThan(Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory())
        .isLessThan(values.get("process_virtual_memory_bytes"));
    assertThat(values.get("process_open_fds")).isLessThan(values.get("process_max_fds"));
  }

  @Test
  void eachOpenFileCounts() throws IOException {
    ProcessFigures figures = new ProcessFigures(PROC);
    double before = read(figures).get("process_open_fds");
    List<InputStream> open = new ArrayList<>();
    try {
      for (int i = 0; i < 100; i++) {
        open.add(Files.newInputStream(Path.of("/dev/null")));
      }
      // The JVM may close or open a few meanwhile.
      assertThat(read(figures).get("process_open_fds")).isCloseTo(before + 100, within(20.0));
    } finally {
      for (InputStream file : open) {
        file.close();
      }
    }
  }

  @Test
  void whatTheKernelSaysIsRead() throws IOException {
    Files.writeString(
        self.resolve("stat"),
        "7 (a ) R 1) S 1 7 7 0 -1 4194560 98 0 0 0 1234 66 5 5 20 0 9 0 2981665 3133440 361 18446744\n");
    Files.writeString(
        self.resolve("limits"),
        """
        Limit                     Soft Limit           Hard Limit           Units
        Max core file size        0                    unlimited            bytes
        Max open files            1024                 524288               files
        """);
    Files.createDirectory(self.resolve("fd"));
    for (String fd : List.of("0", "1", "2", "3")) { // the folder itself is one of them
      Files.createFile(self.resolve("fd").resolve(fd));
    }
    ByteBuffer auxv = ByteBuffer.allocate(4 * Long.BYTES).order(ByteOrder.nativeOrder());
    auxv.putLong(PAGE_SIZE).putLong(16384).putLong(0).putLong(0);
    Files.write(self.resolve("auxv"), auxv.array());

    assertThat(read(new ProcessFigures(procfs)))
        .containsEntry("process_cpu_seconds_total", 13.0)
        .containsEntry("process_virtual_memory_bytes", 3133440.0)
        .containsEntry("process_resident_memory_bytes", 361.0 * 16384)
        .containsEntry("process_open_fds", 3.0)
        .containsEntry("process_max_fds", 1024.0);
  }

  @Test
  void whatCanNotBeReadIsAbsent() throws IOException {
    assertThat(read(new ProcessFigures(procfs))).containsOnlyKeys("process_start_time_seconds");

    Files.writeString(self.resolve("stat"), "7 (short) S 1\n");
    Files.writeString(
        self.resolve("limits"), "Max open files            unlimited            unlimited files\n");
    assertThat(read(new ProcessFigures(procfs))).containsOnlyKeys("process_start_time_seconds");
  }
}
