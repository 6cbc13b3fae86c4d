package io.synoptic.internal.ffi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import jnr.ffi.Pointer;
import org.junit.jupiter.api.Test;

class NativeApiTest {
  @Test
  void everySizeAndOffsetIsTheSameInJavaAndInC() {
    Map<String, Long> compiled = new HashMap<>();
    Pointer constants = NativeLoader.loaded().api().synoptic_layout();
    for (long at = 0; constants.getPointer(at) != null; at += 16) {
      compiled.put(constants.getPointer(at).getString(0), constants.getLong(at + 8));
    }

    assertThat(compiled)
        .containsAllEntriesOf(SnapshotLayout.EXPECTED)
        .containsAllEntriesOf(SamplerLayout.EXPECTED)
        .containsAllEntriesOf(HandshakeLayout.EXPECTED);
  }

  @Test
  void everyFieldTheLibraryPublishesIsReadOrKnownToBeUnused() {
    Pointer constants = NativeLoader.loaded().api().synoptic_layout();
    for (long at = 0; constants.getPointer(at) != null; at += 16) {
      String name = constants.getPointer(at).getString(0);
      if (name.contains(".") && !name.endsWith(".size")) {
        assertThat(layoutOf(name)).containsKey(name);
      }
    }
  }

  private static Map<String, Long> layoutOf(String name) {
    if (name.startsWith("synoptic_sample")) {
      return SamplerLayout.EXPECTED;
    }
    return name.startsWith("synoptic_handshake")
        ? HandshakeLayout.EXPECTED
        : SnapshotLayout.EXPECTED;
  }
}
