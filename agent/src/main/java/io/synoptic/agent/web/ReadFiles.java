package io.synoptic.agent.web;

import io.synoptic.internal.procfs.Messages;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Reads files and remembers what they were, to notice when they have changed.
 *
 * <p>Contents are compared, not times: a key and its certificate may be written, moved or linked
 * into place within one tick of the file system's clock.
 */
final class ReadFiles {
  /** No certificate chain is as long. */
  private static final int MAX_BYTES = 1 << 20;

  private static final byte[] UNREADABLE = {};

  private final Map<Path, byte[]> digests = new HashMap<>();

  /**
   * A file's content; the exception's message says what is wrong with it, and not its name, which
   * may be a secret in the wrong place.
   */
  byte[] read(Path file) throws InvalidInputException {
    digests.put(file, UNREADABLE);
    try {
      byte[] content = content(file);
      digests.put(file, digest(content));
      return content;
    } catch (NoSuchFileException e) {
      throw new InvalidInputException("does not exist");
    } catch (AccessDeniedException e) {
      throw new InvalidInputException("can't be read: permission denied");
    } catch (FileSystemException e) {
      throw new InvalidInputException("can't be read: " + e.getReason());
    } catch (IOException e) {
      throw new InvalidInputException("can't be read: " + Messages.of(e));
    }
  }

  private static byte[] content(Path file) throws IOException {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new IOException("it is no regular file");
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] content = in.readNBytes(MAX_BYTES + 1);
      if (content.length > MAX_BYTES) {
        throw new IOException("it is larger than 1 MiB");
      }
      return content;
    }
  }

  /** Whether any file that has been read would now be read otherwise. */
  boolean changed() {
    return digests.entrySet().stream()
        .anyMatch(each -> !Arrays.equals(each.getValue(), digestNow(each.getKey())));
  }

  private static byte[] digestNow(Path file) {
    try {
      return digest(content(file));
    } catch (IOException e) {
      return UNREADABLE;
    }
  }

  private static byte[] digest(byte[] content) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(content);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }
}
