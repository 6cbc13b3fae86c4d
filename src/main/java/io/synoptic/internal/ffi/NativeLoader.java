package io.synoptic.internal.ffi;

import io.synoptic.internal.procfs.Messages;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import jnr.ffi.LibraryLoader;
import jnr.ffi.LibraryOption;
import org.jspecify.annotations.Nullable;

/**
 * Finds and loads libsynoptic, once: an explicit path, else the property {@value #PROPERTY}, else
 * the copy inside the jar, else the system's library path.
 */
public final class NativeLoader {
  static final String PROPERTY = "synoptic.library.path";

  private static final Map<String, String> ARCHITECTURES =
      Map.of("amd64", "x86_64", "x86_64", "x86_64", "aarch64", "aarch64");

  /** The loaded library, or why it can't be loaded. */
  public record Loaded(NativeApi.@Nullable Functions api, @Nullable Throwable failure) {}

  private static @Nullable Path explicitPath;
  private static @Nullable Loaded loaded;

  private NativeLoader() {}

  /** Takes {@code path} before everything else. Fails when a library is loaded already. */
  public static synchronized void use(Path path) {
    if (loaded != null) {
      throw new IllegalStateException("libsynoptic is loaded already: name " + path + " earlier");
    }
    explicitPath = path;
  }

  public static synchronized Loaded loaded() {
    if (loaded == null) {
      try {
        loaded = new Loaded(checked(load()), null);
      } catch (IOException | RuntimeException | LinkageError e) {
        loaded = new Loaded(null, e);
      }
    }
    return loaded;
  }

  /**
   * The library's functions.
   *
   * @throws UnsatisfiedLinkError if it can't be loaded; the cause says why
   */
  public static NativeApi.Functions api() {
    Loaded library = loaded();
    if (library.api() != null) {
      return library.api();
    }
    String why = library.failure() == null ? "" : ": " + Messages.of(library.failure());
    UnsatisfiedLinkError error = new UnsatisfiedLinkError("libsynoptic can't be loaded" + why);
    error.initCause(library.failure());
    throw error;
  }

  private static NativeApi.Functions load() throws IOException {
    String property = System.getProperty(PROPERTY);
    if (explicitPath != null) {
      return open(explicitPath.toAbsolutePath().toString());
    }
    if (property != null) {
      return open(Path.of(property).toAbsolutePath().toString());
    }
    String resource =
        "/META-INF/native/linux-"
            + ARCHITECTURES.getOrDefault(System.getProperty("os.arch"), "unknown")
            + "/libsynoptic.so";
    try (InputStream embedded = NativeLoader.class.getResourceAsStream(resource)) {
      return embedded == null ? open("synoptic") : openUnpacked(embedded);
    }
  }

  /**
   * Unpacks into a new folder that nobody else can enter, and removes it as soon as the library is
   * mapped: not even a killed JVM leaves anything behind.
   */
  private static NativeApi.Functions openUnpacked(InputStream embedded) throws IOException {
    Path folder =
        Files.createTempDirectory(
            "synoptic-",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Path library = folder.resolve("libsynoptic.so");
    try {
      Files.copy(embedded, library, StandardCopyOption.REPLACE_EXISTING);
      if (!Files.getOwner(folder).equals(Files.getOwner(library))) {
        throw new IOException(folder + " belongs to somebody else: set java.io.tmpdir");
      }
      NativeApi.Functions api = open(library.toString());
      api.synoptic_abi(); // maps the library: jnr-ffi opens it at the first call
      return api;
    } finally {
      Files.deleteIfExists(library);
      Files.delete(folder);
    }
  }

  private static NativeApi.Functions open(String name) {
    return LibraryLoader.loadLibrary(
        NativeApi.Functions.class, Map.of(LibraryOption.LoadNow, true), Map.of(), name);
  }

  private static NativeApi.Functions checked(NativeApi.Functions api) {
    int abi = api.synoptic_abi();
    if (abi != SnapshotLayout.ABI) {
      throw new IllegalStateException(
          "libsynoptic has layout "
              + abi
              + ", this version reads "
              + SnapshotLayout.ABI
              + ": take both from one release");
    }
    return api;
  }
}
