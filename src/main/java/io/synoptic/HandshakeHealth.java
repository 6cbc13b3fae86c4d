package io.synoptic;

import java.util.OptionalDouble;

/**
 * Whether handshakes are counted, and what of them is not.
 *
 * @param reason why no program counts them; {@link SourceReason#BEST} if one does
 * @param advice what to do about it; empty if one does, or if there is no bpf at all
 * @param missedEvents changes of a socket's state that the program has not counted; empty if
 *     unknown
 * @param foldedEvents events that had no room of their own: they count in {@code other}
 */
public record HandshakeHealth(
    SourceReason reason, String advice, OptionalDouble missedEvents, long foldedEvents) {
  /** Whether a program counts them. */
  public boolean isAttached() {
    return !reason.isFallback();
  }
}
