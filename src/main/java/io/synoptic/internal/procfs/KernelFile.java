package io.synoptic.internal.procfs;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A file that the kernel makes up while it is read. */
public final class KernelFile {
  /** Most files fit in. A scan reads a dozen, one after the other. */
  private static final ThreadLocal<byte[]> BUFFER = ThreadLocal.withInitial(() -> new byte[8192]);

  private KernelFile() {}

  /**
   * The whole of a file of the kernel's, which writes ASCII.
   *
   * <p>A sysctl gives all there is room for to the first read, and nothing to the next: {@link
   * java.nio.file.Files#readString}, which first asks for one byte, gets one digit. So a buffer
   * that comes back full may have been too small, and the file is opened again.
   */
  public static String text(Path file) throws IOException {
    byte[] bytes = BUFFER.get();
    for (int size = bytes.length; ; size *= 4) {
      int length;
      try (InputStream in = Files.newInputStream(file)) {
        length = in.readNBytes(bytes, 0, size);
      } catch (FileSystemException e) {
        throw e;
      } catch (IOException e) {
        throw new IOException(file + ": " + Messages.of(e), e);
      }
      if (length < size) {
        return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
      }
      bytes = new byte[4 * size];
    }
  }

  /** The words of a text: whatever kernel has written it, blanks, tabs and newlines part them. */
  private static String[] words(String text) {
    return text.isBlank() ? new String[0] : text.strip().split("\\s+", -1);
  }

  /** The numbers of a file that has so many and nothing else. */
  static double[] numbers(Path file, int count) throws IOException {
    String[] words = words(text(file));
    if (words.length != count) {
      throw new IOException(file + ": " + words.length + " numbers instead of " + count);
    }
    double[] numbers = new double[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = number(file, words[i]);
    }
    return numbers;
  }

  /** Why a file could not be read: one line that names it. */
  public static String why(IOException failure) {
    if (failure instanceof NoSuchFileException e) {
      return e.getFile() + ": no such file";
    }
    if (failure instanceof AccessDeniedException e) {
      return e.getFile() + ": permission denied";
    }
    return Messages.of(failure);
  }

  /** A decimal number: the kernel's counters go up to 2^64, and a few may be negative. */
  public static double number(Path file, String word) throws IOException {
    boolean digits = word.length() > (word.startsWith("-") ? 1 : 0);
    for (int i = word.startsWith("-") ? 1 : 0; i < word.length(); i++) {
      digits &= word.charAt(i) >= '0' && word.charAt(i) <= '9';
    }
    if (!digits) {
      throw new IOException(file + ": '" + word + "' is no number");
    }
    return Double.parseDouble(word);
  }
}
