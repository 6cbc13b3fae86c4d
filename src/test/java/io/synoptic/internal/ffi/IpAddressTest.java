package io.synoptic.internal.ffi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IpAddressTest {
  @ParameterizedTest
  @CsvSource({
    "00000000, 0.0.0.0",
    "7f0000ff, 127.0.0.255",
    "00000000000000000000000000000000, ::",
    "00000000000000000000000000000001, ::1",
    "20010db8000000000000000000000001, 2001:db8::1",
    "20010db8000000010001000100010001, 2001:db8:0:1:1:1:1:1",
    "20010000000000010000000000000001, 2001:0:0:1::1",
    "20010db8000000000001000000000001, 2001:db8::1:0:0:1",
    "fe800000000000000000000000000000, fe80::",
    "ABCD0000000000000000000000000000, abcd::",
  })
  void anAddressHasOneSpelling(String bytes, String text) {
    assertThat(IpAddress.text(HexFormat.of().parseHex(bytes))).isEqualTo(text);
  }
}
