package io.synoptic.internal.owners;

import java.util.LinkedHashMap;
import java.util.Map;

/** Memory that can't grow for ever. */
final class BoundedMap {
  private BoundedMap() {}

  /** A map of at most {@code size} entries; the one not asked for longest makes room. */
  static <K, V> Map<K, V> leastRecentlyUsed(int size) {
    return new LinkedHashMap<>(16, 0.75f, true) {
      @Override
      protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > size;
      }
    };
  }
}
