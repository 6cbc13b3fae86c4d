package io.synoptic;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SourceReasonTest {
  /**
   * EINTR, EAGAIN, ENOMEM, EBUSY, ENFILE, EMFILE, ENOSPC, ETIME, EUSERS, ENOBUFS, ETIMEDOUT,
   * EDQUOT.
   */
  private static final List<Integer> PASSING =
      List.of(4, 11, 12, 16, 23, 24, 28, 62, 87, 105, 110, 122);

  @Test
  void ofAllErrnosTimeoutsAndShortagesAreNoReasonForAnotherSource() {
    List<Integer> passing = new ArrayList<>();
    for (int errno = 1; errno <= 4095; errno++) {
      if (SourceReason.refusal(errno).isEmpty()) {
        passing.add(errno);
      } else {
        assertThat(SourceReason.refusal(errno).orElseThrow().isFallback()).isTrue();
      }
    }

    assertThat(passing).isEqualTo(PASSING);
  }

  @Test
  void aRefusalSaysWhich() {
    assertThat(SourceReason.of(Source.AUTO, Errno.EACCES)).isEqualTo(SourceReason.FORBIDDEN);
    assertThat(SourceReason.of(Source.AUTO, Errno.ENOENT)).isEqualTo(SourceReason.UNSUPPORTED);
    assertThat(SourceReason.of(Source.AUTO, Errno.EPROTO)).isEqualTo(SourceReason.IMPLAUSIBLE);
    assertThat(SourceReason.of(Source.AUTO, 5)).isEqualTo(SourceReason.ERROR);
    assertThat(SourceReason.of(Source.AUTO, 0)).isEqualTo(SourceReason.BEST);
    assertThat(SourceReason.of(Source.PROC, 0)).isEqualTo(SourceReason.REQUESTED);
  }
}
