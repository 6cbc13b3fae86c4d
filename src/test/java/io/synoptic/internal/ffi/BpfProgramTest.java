package io.synoptic.internal.ffi;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.SourceReason;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BpfProgramTest {
  @Test
  void theLauncherTellsTheDescriptors() {
    assertThat(BpfProgram.in(Map.of("SYNOPTIC_BPF", "3,5"))).hasValue(new BpfProgram(3, 5));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "3", "3,", "-1,5", "3,5,7", "a,b", "99999999999,5"})
  void whatTheLauncherDoesNotSayIsNoProgram(String descriptors) {
    assertThat(BpfProgram.in(Map.of("SYNOPTIC_BPF", descriptors))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "build, not_built, clang",
    "kernel, unsupported, 6.2",
    "permission, forbidden, CAP_BPF",
    "verifier, verifier, refused",
    "other, error, could not be loaded",
    "'', not_loaded, start synoptic",
  })
  void whyThereIsNoneIsALabelAndAnAdvice(String failure, String label, String advice) {
    SourceReason reason = BpfProgram.missing(Map.of("SYNOPTIC_BPF_FAILURE", failure));

    assertThat(reason.label()).isEqualTo(label);
    assertThat(reason.isFallback()).isTrue();
    assertThat(BpfProgram.advice(reason)).startsWith("bpf: ").contains(advice);
  }
}
