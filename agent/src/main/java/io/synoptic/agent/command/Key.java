package io.synoptic.agent.command;

import java.io.IOException;

/**
 * A key that was pressed.
 *
 * @param character of {@link Kind#CHARACTER}
 */
record Key(Kind kind, char character) {
  /** Which key. */
  enum Kind {
    CHARACTER,
    ENTER,
    ESCAPE,
    BACKSPACE,
    UP,
    DOWN,
    PAGE_UP,
    PAGE_DOWN,
    HOME,
    END,
    /** One that means nothing here. */
    OTHER,
    /** None in the time given. */
    NONE,
    /** There will be no more. */
    END_OF_INPUT
  }

  /** Where characters come from. */
  @FunctionalInterface
  interface Input {
    /** The next character; -1 at the end, -2 if none comes in so many milliseconds. */
    int read(long millis) throws IOException;
  }

  /** Within a sequence the rest follows at once. */
  private static final long REST_MILLIS = 50;

  private static final int LONGEST_SEQUENCE = 16;
  private static final int DELETE = 0x7f;

  static Key character(char c) {
    return new Key(Kind.CHARACTER, c);
  }

  static Key of(Kind kind) {
    return new Key(kind, '\0');
  }

  /** The next key, within so many milliseconds. */
  static Key read(Input input, long millis) throws IOException {
    int c = input.read(millis);
    return switch (c) {
      case -1 -> of(Kind.END_OF_INPUT);
      case -2 -> of(Kind.NONE);
      case '\r', '\n' -> of(Kind.ENTER);
      case '\b', DELETE -> of(Kind.BACKSPACE);
      case '\033' -> sequence(input);
      default -> c < ' ' ? of(Kind.OTHER) : character((char) c);
    };
  }

  /** As ECMA-48 and xterm have them: ESC [ parameters letter, or ESC O letter. */
  private static Key sequence(Input input) throws IOException {
    int begin = input.read(REST_MILLIS);
    if (begin == -2) {
      return of(Kind.ESCAPE);
    }
    if (begin != '[' && begin != 'O') {
      return of(Kind.OTHER);
    }
    StringBuilder parameters = new StringBuilder();
    for (int i = 0; i < LONGEST_SEQUENCE; i++) {
      int c = input.read(REST_MILLIS);
      if (c < 0) {
        break;
      }
      if (c >= '@') {
        return of(kind((char) c, parameters.toString()));
      }
      parameters.append((char) c);
    }
    return of(Kind.OTHER);
  }

  private static Kind kind(char last, String parameters) {
    return switch (last) {
      case 'A' -> Kind.UP;
      case 'B' -> Kind.DOWN;
      case 'H' -> Kind.HOME;
      case 'F' -> Kind.END;
      case '~' ->
          switch (parameters) {
            case "5" -> Kind.PAGE_UP;
            case "6" -> Kind.PAGE_DOWN;
            case "1", "7" -> Kind.HOME;
            case "4", "8" -> Kind.END;
            default -> Kind.OTHER;
          };
      default -> Kind.OTHER;
    };
  }
}
