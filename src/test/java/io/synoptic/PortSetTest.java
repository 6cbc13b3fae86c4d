package io.synoptic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PortSetTest {
  @Test
  void aListOfPortsAndRangesIsASet() {
    PortSet ports = PortSet.parse("80, 8000-8002,65535");

    assertThat(ports.contains(80)).isTrue();
    assertThat(ports.contains(8001)).isTrue();
    assertThat(ports.contains(65535)).isTrue();
    assertThat(ports.contains(8003)).isFalse();
    assertThat(PortSet.NONE.contains(80)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "http", "0", "65536", "80-", "90-80", "1-2-3", "80,,81", "999999"})
  void anythingElseIsRefusedByName(String list) {
    assertThatThrownBy(() -> PortSet.parse(list))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is no");
  }
}
