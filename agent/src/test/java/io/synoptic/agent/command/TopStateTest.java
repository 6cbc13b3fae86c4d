package io.synoptic.agent.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.agent.command.Key.Kind;
import io.synoptic.agent.command.TopState.Mode;
import io.synoptic.agent.command.TopState.Order;
import java.util.List;
import org.junit.jupiter.api.Test;

class TopStateTest {
  private final TopState state = new TopState();

  private void press(Kind kind) {
    state.press(Key.of(kind));
  }

  private void type(String text) {
    text.chars().forEach(c -> state.press(Key.character((char) c)));
  }

  @Test
  void lettersSortAndSpacePauses() {
    assertThat(state.order()).isEqualTo(Order.FULL);
    type("d");
    assertThat(state.order()).isEqualTo(Order.DROPS);
    type("x");
    assertThat(state.order()).isEqualTo(Order.DROPS);
    type(" ");
    assertThat(state.isPaused()).isTrue();
    type(" ");
    assertThat(state.isPaused()).isFalse();
  }

  @Test
  void aFilterTakesEveryLetterUntilEnter() {
    type("/Query");
    assertThat(state.mode()).isEqualTo(Mode.FILTER);
    assertThat(state.matches("A QUERY")).isTrue();
    assertThat(state.matches("another")).isFalse();
    press(Kind.BACKSPACE);
    press(Kind.ENTER);
    assertThat(state.filter()).isEqualTo("Quer");
    assertThat(state.mode()).isEqualTo(Mode.LIST);
    press(Kind.ESCAPE);
    assertThat(state.matches("another")).isTrue();
    assertThat(state.hasEnded()).isFalse();
  }

  @Test
  void theChosenRowStaysChosenThoughOthersComeAndGo() {
    state.show(List.of("a", "b", "c"));
    type("j");
    state.show(List.of("a", "b", "c"));
    assertThat(state.selected()).isEqualTo(1);

    state.show(List.of("new", "a", "newer", "b"));
    assertThat(state.selected()).isEqualTo(3);

    state.show(List.of("a"));
    assertThat(state.selected()).isZero();
    state.show(List.of());
    press(Kind.DOWN);
    press(Kind.END);
    assertThat(state.selected()).isZero();
    press(Kind.ENTER);
    assertThat(state.mode()).isEqualTo(Mode.LIST);
  }

  @Test
  void qEndsItWhereverItIsAndSoDoesTheEndOfTheInput() {
    type("?q");
    assertThat(state.hasEnded()).isTrue();

    TopState other = new TopState();
    other.press(Key.character('/'));
    other.press(Key.character('q'));
    assertThat(other.hasEnded()).isFalse();
    other.press(Key.of(Kind.END_OF_INPUT));
    assertThat(other.hasEnded()).isTrue();
  }
}
