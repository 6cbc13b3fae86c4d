package io.synoptic;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How an established connection has ended.
 *
 * @param by who closed first
 * @param how what ended it
 */
public record ConnectionClose(By by, How how) {
  /** Who closed first. */
  public enum By {
    /** This side. */
    LOCAL(0),
    /** The peer. */
    PEER(1),
    /** Both, before either knew of the other. */
    BOTH(2);

    private final int number;
    private final String label = name().toLowerCase(Locale.ROOT);

    By(int number) {
      this.number = number;
    }

    /** The number of this one in {@code synoptic.h}. */
    public int number() {
      return number;
    }

    /** As metrics carry it: {@code local}. */
    public String label() {
      return label;
    }
  }

  /** What ended it. */
  public enum How {
    /** A FIN of each side. */
    FIN(0),
    /** A reset. */
    RESET(1),
    /** No answer came for too long. */
    TIMEOUT(2);

    private final int number;
    private final String label = name().toLowerCase(Locale.ROOT);

    How(int number) {
      this.number = number;
    }

    /** The number of this one in {@code synoptic.h}. */
    public int number() {
      return number;
    }

    /** As metrics carry it: {@code reset}. */
    public String label() {
      return label;
    }
  }

  /** Every way. */
  public static final List<ConnectionClose> ALL = all();

  private static List<ConnectionClose> all() {
    List<ConnectionClose> all = new ArrayList<>();
    for (By by : By.values()) {
      for (How how : How.values()) {
        all.add(new ConnectionClose(by, how));
      }
    }
    return List.copyOf(all);
  }
}
