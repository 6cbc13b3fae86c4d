package io.synoptic.testing;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** Inputs of a fuzz target: those written by hand, and those that scripts/fuzz has found. */
public final class Seeds {
  /** One input. */
  public static final class Seed {
    private final String name;
    private final byte[] bytes;

    private Seed(String name, byte[] bytes) {
      this.name = name;
      this.bytes = bytes;
    }

    public byte[] bytes() {
      return bytes;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private Seeds() {}

  /** Those of one target. */
  public static List<Seed> of(String target) throws IOException, URISyntaxException {
    List<Seed> seeds = new ArrayList<>();
    try (Stream<Path> files = Files.list(Path.of(resource(target).toURI()))) {
      for (Path file : files.toList()) {
        seeds.add(new Seed(file.getFileName().toString(), Files.readAllBytes(file)));
      }
    }
    try (InputStream found = resource(target + ".zip").openStream();
        ZipInputStream zip = new ZipInputStream(found)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        seeds.add(new Seed(entry.getName(), zip.readAllBytes()));
      }
    }
    return seeds;
  }

  private static URL resource(String name) {
    return Objects.requireNonNull(Seeds.class.getResource("/fuzz/" + name), name);
  }
}
