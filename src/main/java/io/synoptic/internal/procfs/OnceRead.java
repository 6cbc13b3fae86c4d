package io.synoptic.internal.procfs;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What one scan reads once, when it is first asked for: the value, or why there is none. Not for
 * use by several threads.
 */
public final class OnceRead<T> {
  /** Reads the value. */
  @FunctionalInterface
  public interface Reader<T> {
    /** Reads it. */
    T read() throws IOException;
  }

  private final Reader<T> reader;
  private @Nullable T value;
  private @Nullable IOException failure;

  public OnceRead(Reader<T> reader) {
    this.reader = reader;
  }

  /**
   * The value.
   *
   * @throws IOException each time, if it can't be read
   */
  public T get() throws IOException {
    if (failure != null) {
      throw failure;
    }
    T known = value;
    if (known == null) {
      try {
        known = reader.read();
      } catch (IOException e) {
        failure = e;
        throw e;
      }
      value = known;
    }
    return known;
  }

  /** The value, or {@code other} if it can't be read. */
  public T orElse(T other) {
    try {
      return get();
    } catch (IOException e) {
      return other;
    }
  }
}
