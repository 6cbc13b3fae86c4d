package io.synoptic.agent;

import io.synoptic.Collector;
import io.synoptic.ScanReport;
import io.synoptic.internal.procfs.KernelFile;
import io.synoptic.internal.procfs.PageSize;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The agent's own {@code process_…} metrics, as every Prometheus client has them. What can't be
 * read is absent: the agent does its work all the same.
 */
final class ProcessFigures implements ReportCollector {
  private static final FamilyText CPU =
      text(
          FamilyText.Type.COUNTER,
          "process_cpu_seconds",
          "seconds",
          "Total user and system CPU time spent in seconds.");

  private static final FamilyText MAX_FDS =
      gauge("process_max_fds", "", "Maximum number of open file descriptors.");
  private static final FamilyText OPEN_FDS =
      gauge("process_open_fds", "", "Number of open file descriptors.");
  private static final FamilyText RESIDENT_MEMORY =
      gauge("process_resident_memory_bytes", "bytes", "Resident memory size in bytes.");
  private static final FamilyText START_TIME =
      gauge(
          "process_start_time_seconds",
          "seconds",
          "Start time of the process since unix epoch in seconds.");
  private static final FamilyText VIRTUAL_MEMORY =
      gauge("process_virtual_memory_bytes", "bytes", "Virtual memory size in bytes.");

  private static final Pattern OPEN_FILES =
      Pattern.compile("^Max open files +([0-9]+)", Pattern.MULTILINE);

  /** {@code USER_HZ}: the kernel shows times to programs in this unit, on every architecture. */
  private static final double TICKS_PER_SECOND = 100;

  /** Fields of {@code stat} as proc(5) numbers them, less those up to the program's name. */
  private static final int USER_TIME = 14 - 3;

  private static final int SYSTEM_TIME = 15 - 3;
  private static final int VIRTUAL_BYTES = 23 - 3;
  private static final int RESIDENT_PAGES = 24 - 3;

  private final Path self;
  private final PageSize pageSize;
  private final OptionalDouble startSeconds;
  private final OptionalDouble maxFds;

  /**
   * Figures of this process.
   *
   * @param procfs of the PID namespace of this process
   */
  ProcessFigures(Path procfs) {
    self = procfs.resolve("self");
    pageSize = new PageSize(procfs);
    startSeconds =
        ProcessHandle.current().info().startInstant().stream()
            .mapToDouble(start -> start.toEpochMilli() / 1e3)
            .findFirst();
    maxFds = maxFds(self.resolve("limits"));
  }

  private static FamilyText gauge(String name, String unit, String help) {
    return text(FamilyText.Type.GAUGE, name, unit, help);
  }

  private static FamilyText text(FamilyText.Type type, String name, String unit, String help) {
    return new FamilyText(type, name, unit, help, List.of());
  }

  /** The JVM has raised its limit before it runs this. */
  private static OptionalDouble maxFds(Path limits) {
    try {
      Matcher limit = OPEN_FILES.matcher(KernelFile.text(limits));
      return limit.find()
          ? OptionalDouble.of(Double.parseDouble(limit.group(1)))
          : OptionalDouble.empty();
    } catch (IOException e) {
      return OptionalDouble.empty();
    }
  }

  @Override
  public List<Family> families(ScanReport report, Set<Collector> fresh) {
    List<Family> families = new ArrayList<>();
    maxFds.ifPresent(most -> add(MAX_FDS, most, families));
    startSeconds.ifPresent(start -> add(START_TIME, start, families));
    String[] open = new File(self.toFile(), "fd").list();
    if (open != null) {
      add(OPEN_FDS, open.length - 1, families); // without that of the folder itself
    }
    try {
      addStat(families);
    } catch (IOException e) {
      // absent
    }
    return families;
  }

  private void addStat(List<Family> families) throws IOException {
    Path file = self.resolve("stat");
    String text = KernelFile.text(file);
    // A program's name may be of any bytes.
    String[] fields = text.substring(text.lastIndexOf(')') + 1).strip().split(" ", -1);
    if (fields.length <= RESIDENT_PAGES) {
      return;
    }
    double ticks =
        KernelFile.number(file, fields[USER_TIME]) + KernelFile.number(file, fields[SYSTEM_TIME]);
    add(CPU, ticks / TICKS_PER_SECOND, families);
    add(VIRTUAL_MEMORY, KernelFile.number(file, fields[VIRTUAL_BYTES]), families);
    double pages = KernelFile.number(file, fields[RESIDENT_PAGES]);
    add(RESIDENT_MEMORY, pages * pageSize.bytes(), families);
  }

  private static void add(FamilyText text, double value, List<Family> families) {
    families.add(new Family(text, rows -> rows.add(0, value)));
  }
}
