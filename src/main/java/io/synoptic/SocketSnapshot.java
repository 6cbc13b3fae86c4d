package io.synoptic;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;

/** The counts of one scan, and the listening sockets one by one. Immutable. */
public final class SocketSnapshot extends SocketCounts {
  private final List<Listener> listeners;

  /** Reads what a scan left in {@code buffer}; see {@link SocketCounts}. */
  SocketSnapshot(ByteBuffer buffer, SourceUsed source, Instant takenAt, OptionalLong inuse) {
    super(buffer, source, takenAt, inuse);
    listeners = new ListenerTable(buffer, source).toList();
  }

  /** The listening sockets, in the kernel's order. */
  public List<Listener> listeners() {
    return listeners;
  }
}
