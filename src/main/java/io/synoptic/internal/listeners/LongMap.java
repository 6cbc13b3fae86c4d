package io.synoptic.internal.listeners;

import java.util.function.Predicate;

/**
 * A map with {@code long} keys that allocates nothing when it is read: twenty thousand cookies four
 * times a second would be 480 kB of boxes each time. Open addressing, at most half full.
 *
 * @param <V> values, never null
 */
final class LongMap<V> {
  private static final int SMALLEST = 16;

  private long[] keys = new long[SMALLEST];
  private Object[] values = new Object[SMALLEST];
  private int size;

  int size() {
    return size;
  }

  /** The value of a key; null if it has none. */
  V get(long key) {
    return value(slot(key));
  }

  void put(long key, V value) {
    int slot = slot(key);
    if (values[slot] == null) {
      if (2 * (size + 1) > keys.length) {
        resize(2 * keys.length);
        slot = slot(key);
      }
      size++;
    }
    keys[slot] = key;
    values[slot] = value;
  }

  /** Removes each entry with a value that {@code filter} accepts. */
  void removeIf(Predicate<? super V> filter) {
    int before = size;
    for (int slot = 0; slot < values.length; slot++) {
      if (values[slot] != null && filter.test(value(slot))) {
        values[slot] = null;
        size--;
      }
    }
    if (size < before) {
      resize(Math.max(SMALLEST, 4 * Integer.highestOneBit(Math.max(1, size))));
    }
  }

  @SuppressWarnings("unchecked") // put() alone writes values
  private V value(int slot) {
    return (V) values[slot];
  }

  /** The slot of a key, or the free one that it would take. */
  private int slot(long key) {
    int mask = keys.length - 1;
    int slot = (int) ((key * 0x9E3779B97F4A7C15L) >>> 32) & mask;
    while (values[slot] != null && keys[slot] != key) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private void resize(int capacity) {
    long[] oldKeys = keys;
    Object[] oldValues = values;
    keys = new long[capacity];
    values = new Object[capacity];
    for (int i = 0; i < oldValues.length; i++) {
      if (oldValues[i] != null) {
        int slot = slot(oldKeys[i]);
        keys[slot] = oldKeys[i];
        values[slot] = oldValues[i];
      }
    }
  }
}
