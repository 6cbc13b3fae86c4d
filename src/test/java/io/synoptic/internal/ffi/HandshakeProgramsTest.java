package io.synoptic.internal.ffi;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.SourceReason;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HandshakeProgramsTest {
  @Test
  void theLauncherSaysTheDescriptors() {
    assertThat(HandshakePrograms.in(Map.of("SYNOPTIC_HANDSHAKES", "7,8,11")))
        .hasValue(new HandshakePrograms(7, 8, 11));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "7", "7,8", "7,8,", "-1,8,11", "7,8,11,12", "99999999999,8,11"})
  void whatTheLauncherDoesNotSayIsNone(String descriptors) {
    assertThat(HandshakePrograms.in(Map.of("SYNOPTIC_HANDSHAKES", descriptors))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "build, not_built, clang",
    "kernel, unsupported, tracepoints",
    "permission, forbidden, CAP_BPF",
    "verifier, verifier, refused",
    "other, error, could not be attached",
    "'', not_loaded, start synoptic",
  })
  void whyThereAreNoneIsALabelAndAnAdvice(String failure, String label, String advice) {
    SourceReason reason = HandshakePrograms.missing(Map.of("SYNOPTIC_HANDSHAKES_FAILURE", failure));

    assertThat(reason.label()).isEqualTo(label);
    assertThat(HandshakePrograms.advice(reason))
        .startsWith("handshakes are not counted: ")
        .contains(advice);
  }
}
