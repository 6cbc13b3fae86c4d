package io.synoptic.internal.owners;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.testing.Seeds;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Any path of a cgroup: scripts/fuzz makes more of them. */
public class CgroupPathFuzzTest {
  /** What Jazzer calls. */
  public static void fuzzerTestOneInput(byte[] input) {
    String path = new String(input, StandardCharsets.UTF_8);
    CgroupPath all = CgroupPath.parse(path);
    for (int rootsLength : new int[] {0, path.length() / 2, path.length()}) {
      check(CgroupPath.parse(path, rootsLength), path);
    }
    // A path that root owns as a whole is read as one whose owner isn't given.
    assertThat(CgroupPath.parse(path, path.length())).isEqualTo(all);
  }

  private static void check(CgroupPath read, String path) {
    // A user's own unit is named with the user: user@1000/web.service.
    assertThat(read.unit()).matches("(?s)[^/]*|user@[^/]*/[^/]*");
    for (String part : List.of(read.container(), read.podUid())) {
      assertThat(part).doesNotContain("/");
      assertThat(part.length()).isLessThanOrEqualTo(path.length());
    }
    assertThat(read.container()).startsWith(read.shortContainer());
  }

  static List<Seeds.Seed> seeds() throws Exception {
    return Seeds.of("cgroup-path");
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void seedsKeepWhatHoldsOfAnyPath(Seeds.Seed seed) {
    fuzzerTestOneInput(seed.bytes());
  }
}
