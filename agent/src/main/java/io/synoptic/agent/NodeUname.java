package io.synoptic.agent;

import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.synoptic.internal.procfs.KernelFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** node_exporter's uname collector, from {@code sys/kernel}. */
final class NodeUname {
  private NodeUname() {}

  static List<MetricSnapshot> read(Path procfs) throws IOException {
    Path kernel = procfs.resolve("sys/kernel");
    if (Files.notExists(kernel)) {
      throw new NoSuchFileException(kernel.toString());
    }
    return List.of(
        GaugeSnapshot.builder()
            .name("node_uname_info")
            .help("Labeled system information as provided by the uname system call.")
            .dataPoint(
                GaugeSnapshot.GaugeDataPointSnapshot.builder()
                    .labels(
                        Labels.of(
                            "domainname", line(kernel.resolve("domainname")),
                            "machine", machine(kernel.resolve("arch")),
                            "nodename", line(kernel.resolve("hostname")),
                            "release", line(kernel.resolve("osrelease")),
                            "sysname", line(kernel.resolve("ostype")),
                            "version", line(kernel.resolve("version"))))
                    .value(1)
                    .build())
            .build());
  }

  /** Empty where the kernel has no such file. */
  private static String line(Path file) throws IOException {
    try {
      return KernelFile.text(file).strip();
    } catch (NoSuchFileException e) {
      return "";
    }
  }

  /** Linux has it in a file since 6.1; Java has another name for one machine only. */
  private static String machine(Path arch) throws IOException {
    String machine = line(arch);
    return machine.isEmpty() ? System.getProperty("os.arch").replace("amd64", "x86_64") : machine;
  }
}
