package io.synoptic.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.Collector;
import io.synoptic.KernelCounter;
import io.synoptic.NamespaceReport;
import io.synoptic.ScanReport;
import io.synoptic.SharedScanner;
import io.synoptic.SocketScanner;
import io.synoptic.testing.TestProcfs;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * How often a scan reads a file of the kernel's. Each is a pipe into which its text is written
 * once: who reads it again waits for ever.
 */
@Timeout(120)
class ScanReadsTest {
  @TempDir private Path procfs;

  /** By file, relative to procfs. */
  private final Map<String, Thread> writers = new TreeMap<>();

  private void makePipes() throws Exception {
    List<Path> files = new ArrayList<>();
    try (Stream<Path> all = Files.walk(TestProcfs.copy("full", procfs))) {
      all.filter(Files::isRegularFile).forEach(files::add);
    }
    for (Path file : files) {
      byte[] text = Files.readAllBytes(file);
      Files.delete(file);
      assertThat(new ProcessBuilder("mkfifo", file.toString()).start().waitFor()).isZero();
      Thread writer = new Thread(() -> write(text, file), "writer of " + file);
      writer.setDaemon(true);
      writer.start();
      writers.put(procfs.relativize(file).toString(), writer);
    }
  }

  /** Opening waits for a reader. */
  private static void write(byte[] text, Path pipe) {
    try (OutputStream out = new FileOutputStream(pipe.toFile())) {
      out.write(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Lets every writer go that no reader has come to. */
  @AfterEach
  void endWriters() throws Exception {
    for (Map.Entry<String, Thread> writer : writers.entrySet()) {
      try (RandomAccessFile pipe =
          new RandomAccessFile(procfs.resolve(writer.getKey()).toFile(), "rw")) {
        writer.getValue().join();
      }
    }
  }

  /** Lets who waits for a second text have an empty one. */
  private void endScan(CompletableFuture<ScanReport> scan) throws Exception {
    while (!scan.isDone()) {
      for (String file : writers.keySet()) {
        new RandomAccessFile(procfs.resolve(file).toFile(), "rw").close();
      }
      TimeUnit.MILLISECONDS.sleep(10);
    }
  }

  @Test
  void eachFileIsReadOnce() throws Exception {
    makePipes();
    try (SharedScanner scanner =
        SharedScanner.builder(SocketScanner.builder().procfs(procfs).build()).build()) {
      CompletableFuture<ScanReport> scan = scanner.fresh();
      CompletableFuture<ScanReport> inTime =
          scan.copy().completeOnTimeout(null, 30, TimeUnit.SECONDS);
      ScanReport report = inTime.join();
      endScan(scan);

      assertThat(report).as("the scan waits for a second reading").isNotNull();
      NamespaceReport own = report.own();
      assertThat(own.sockets().orElseThrow().sockstatDifference()).isPresent();
      assertThat(own.counters().orElseThrow().failure()).isEmpty();
      assertThat(own.counters().orElseThrow().value(KernelCounter.TIME_WAIT_BUCKETS)).hasValue(62);
      assertThat(own.counters().orElseThrow().value(KernelCounter.EPHEMERAL_PORTS)).isPresent();
      assertThat(report.collector(Collector.COUNTERS)).isPresent();
      for (String file : List.of("net/sockstat", "sys/net/ipv4/ip_local_port_range")) {
        assertThat(writers.get(file).isAlive()).as(file).isFalse();
      }
    }
  }
}
