package io.synoptic.agent.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.agent.command.Key.Kind;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeyTest {
  private static Deque<Key> keys(String typed) throws IOException {
    Deque<Integer> characters = new ArrayDeque<>();
    typed.chars().forEach(characters::add);
    Key.Input input = millis -> characters.isEmpty() ? -2 : characters.remove();
    Deque<Key> keys = new ArrayDeque<>();
    do {
      keys.add(Key.read(input, 100));
    } while (keys.getLast().kind() != Kind.NONE);
    keys.removeLast();
    return keys;
  }

  @ParameterizedTest
  @CsvSource({
    "[A, UP",
    "OA, UP",
    "[B, DOWN",
    "[H, HOME",
    "OF, END",
    "[5~, PAGE_UP",
    "[6~, PAGE_DOWN",
    "[1~, HOME",
    "[4~, END",
    "[1;5A, UP",
    "[Z, OTHER",
    "x, OTHER",
    "'', ESCAPE"
  })
  void aSequenceIsOneKey(String sequence, Kind kind) throws IOException {
    assertThat(keys("\033" + sequence)).containsExactly(Key.of(kind));
  }

  @Test
  void othersAreThemselves() throws IOException {
    assertThat(keys("q\r\177\002 "))
        .containsExactly(
            Key.character('q'),
            Key.of(Kind.ENTER),
            Key.of(Kind.BACKSPACE),
            Key.of(Kind.OTHER),
            Key.character(' '));
  }

  @Test
  void theEndOfTheInputIsAKey() throws IOException {
    assertThat(Key.read(millis -> -1, 100)).isEqualTo(Key.of(Kind.END_OF_INPUT));
  }
}
