package io.synoptic.internal.procfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class MessagesTest {
  static Stream<Arguments> failuresWithoutAMessage() {
    return Stream.of(
        Arguments.of(new UnsupportedAddressTypeException(), "unsupported address type"),
        Arguments.of(new NullPointerException(), "null pointer"),
        Arguments.of(new EOFException(""), "eof"),
        Arguments.of(new TimeoutException(" "), "timeout"),
        Arguments.of(new StackOverflowError(), "stack overflow"),
        Arguments.of(new Exception(), "exception"),
        Arguments.of(new IOException() {}, "io.synoptic.internal.procfs.MessagesTest$1"));
  }

  @ParameterizedTest
  @MethodSource("failuresWithoutAMessage")
  void aFailureWithoutAMessageGetsWords(Throwable failure, String words) {
    assertThat(Messages.of(failure)).isEqualTo(words);
  }

  @Test
  void aMessageIsOneLine() {
    assertThat(Messages.of(new IOException("no\nroute "))).isEqualTo("no route");
  }
}
