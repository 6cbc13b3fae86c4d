package io.synoptic.internal.ffi;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.Source;
import io.synoptic.SourceReason;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RefusalTest {
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
      if (Refusal.of(errno).isEmpty()) {
        passing.add(errno);
      } else {
        assertThat(Refusal.of(errno).orElseThrow().isFallback()).isTrue();
      }
    }

    assertThat(passing).isEqualTo(PASSING);
  }

  @Test
  void aRefusalSaysWhich() {
    assertThat(Refusal.reason(Source.AUTO, Errno.EACCES)).isEqualTo(SourceReason.FORBIDDEN);
    assertThat(Refusal.reason(Source.AUTO, Errno.ENOENT)).isEqualTo(SourceReason.UNSUPPORTED);
    assertThat(Refusal.reason(Source.AUTO, Errno.EPROTO)).isEqualTo(SourceReason.IMPLAUSIBLE);
    assertThat(Refusal.reason(Source.AUTO, 5)).isEqualTo(SourceReason.ERROR);
    assertThat(Refusal.reason(Source.AUTO, 0)).isEqualTo(SourceReason.BEST);
    assertThat(Refusal.reason(Source.PROC, 0)).isEqualTo(SourceReason.REQUESTED);
  }
}
