package io.synoptic.agent.now;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The name of the machine. */
public final class HostName {
  private HostName() {}

  /** {@code sys/kernel/hostname}; empty if it can't be read. */
  public static String read(Path procfs) {
    try {
      return Files.readString(procfs.resolve("sys/kernel/hostname")).strip();
    } catch (IOException e) {
      return "";
    }
  }
}
