package io.synoptic.internal.ffi;

import io.synoptic.ScanException;
import io.synoptic.Source;
import io.synoptic.SourceUsed;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What libsynoptic adds polls of the listeners up in, read in place: a row for each listener group,
 * with sums that only grow. It grows with the listeners there are. For one thread at a time, except
 * {@link #ask()}.
 */
public final class SamplerBuffer {
  /** Most hosts have fewer listening sockets. */
  private static final int FIRST_LISTENERS = 512;

  private final NativeApi.Functions api = NativeLoader.api();
  private final int maxListeners;
  private final boolean ofNode;

  /** What each poll scans into. */
  private final ScanBuffer snapshot;

  private int listeners;
  private ByteBuffer bytes;
  private Table rows;

  /** One of libsynoptic's two calls that poll. */
  @FunctionalInterface
  public interface Call {
    /** Returns what libsynoptic does. */
    int into(ByteBuffer sampler, int intervalMillis, ScanBuffer snapshot);
  }

  private SamplerBuffer(int maxListeners, int maxNamespaces, boolean ofNode) {
    this.maxListeners = maxListeners;
    this.ofNode = ofNode;
    snapshot = new ScanBuffer(api, maxListeners, 0, maxNamespaces);
    listeners = Math.min(FIRST_LISTENERS, maxListeners);
    bytes = start(null);
    rows = Table.at(bytes, SamplerLayout.HEADER_ROWS, SamplerLayout.ROW_SIZE);
  }

  /** For polls of one network namespace. */
  public static SamplerBuffer ofOne(int maxListeners) {
    return new SamplerBuffer(maxListeners, 1, false);
  }

  /** For polls of every network namespace of the host. */
  public static SamplerBuffer ofNode(int maxListeners, int maxNamespaces) {
    return new SamplerBuffer(maxListeners, maxNamespaces, true);
  }

  private ByteBuffer start(@Nullable ByteBuffer before) {
    int size = Math.toIntExact(api.synoptic_sampler_size(listeners));
    ByteBuffer started = ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
    int status = api.synoptic_sampler_start(started, size, listeners, before);
    if (status < 0) {
      throw new IllegalStateException("libsynoptic makes no sampler of " + size + " bytes");
    }
    return started;
  }

  /**
   * Polls until it is asked, or until its buffers had to grow.
   *
   * @throws ScanException if a poll was refused
   */
  public void sample(Call call, Duration interval) {
    int status = call.into(bytes, Math.toIntExact(interval.toMillis()), snapshot);
    rows = Table.at(bytes, SamplerLayout.HEADER_ROWS, SamplerLayout.ROW_SIZE);
    if (status < 0) {
      throw SnapshotReader.failure(snapshot.bytes(), -status);
    }
    if (status == SamplerLayout.FULL) {
      snapshot.grow();
      grow();
    }
  }

  /** Adds a scan that began at {@code nanoTime}, where nothing polls. */
  public void add(ListenerTable scan, long nanoTime) {
    while (api.synoptic_sampler_add(bytes, scan.buffer(), nanoTime) == SamplerLayout.FULL
        && grow()) {}
    rows = Table.at(bytes, SamplerLayout.HEADER_ROWS, SamplerLayout.ROW_SIZE);
  }

  private synchronized boolean grow() {
    long unlisted = bytes.getLong(SamplerLayout.HEADER_UNLISTED_LISTENERS);
    int more = (int) Math.min(maxListeners, (listeners + unlisted) * 17 / 16 + 1);
    if (more == listeners) {
      return false;
    }
    listeners = more;
    boolean asked = bytes.getInt(SamplerLayout.HEADER_ASKED) != 0;
    bytes = start(bytes);
    rows = Table.at(bytes, SamplerLayout.HEADER_ROWS, SamplerLayout.ROW_SIZE);
    if (asked) {
      ask();
    }
    return true;
  }

  /** Lets the call that polls return, or the next one. */
  public synchronized void ask() {
    api.synoptic_sampler_ask(bytes);
  }

  /** Whether polls are of every network namespace of the host. */
  public boolean isOfNode() {
    return ofNode;
  }

  /** Polls since the start, good or not. */
  public long polls() {
    return bytes.getLong(SamplerLayout.HEADER_POLLS);
  }

  /** How long these polls took together. */
  public long pollNanos() {
    return bytes.getLong(SamplerLayout.HEADER_POLL_NANOSECONDS);
  }

  /** When the newest good poll began, by {@link System#nanoTime()}. */
  public long newest() {
    return bytes.getLong(SamplerLayout.HEADER_NEWEST);
  }

  /** The time that the sums over time are of. */
  public long observedNanos() {
    return bytes.getLong(SamplerLayout.HEADER_OBSERVED_NANOSECONDS);
  }

  /** Why the newest poll failed; empty if it did not. */
  public Optional<ScanException> failure() {
    int errno = bytes.getInt(SamplerLayout.HEADER_ERROR);
    return errno == 0
        ? Optional.empty()
        : Optional.of(SnapshotReader.failure(snapshot.bytes(), errno));
  }

  /** The source of the newest good poll, where {@code requested} was to be read. */
  public SourceUsed source(Source requested) {
    return SnapshotReader.source(
        bytes.getInt(SamplerLayout.HEADER_SOURCE),
        bytes.getInt(SamplerLayout.HEADER_FALLBACK_ERROR),
        requested);
  }

  /** Rows; the methods below take numbers from 0. */
  public int count() {
    return rows.count();
  }

  /** Another one is another group; 0: the row is free. */
  public long serial(int row) {
    return getLong(row, SamplerLayout.ROW_SERIAL);
  }

  /** {@link NamespaceTable#cookie}; 0 for the own namespace if polls are of that alone. */
  public long netnsCookie(int row) {
    return getLong(row, SamplerLayout.ROW_NETNS_COOKIE);
  }

  public ListenerAddress address(int row) {
    int address = rows.at(row) + SamplerLayout.ROW_ADDRESS;
    return new ListenerAddress(
        Structures.family(bytes, rows.at(row) + SamplerLayout.ROW_FAMILY),
        bytes.getLong(address),
        bytes.getLong(address + Long.BYTES),
        Short.toUnsignedInt(bytes.getShort(rows.at(row) + SamplerLayout.ROW_PORT)));
  }

  /** Whether a socket of the group was open in the newest poll. */
  public boolean isOpen(int row) {
    return getLong(row, SamplerLayout.ROW_SEEN) == newest();
  }

  public long drops(int row) {
    return getLong(row, SamplerLayout.ROW_DROPS);
  }

  /** The integral of the accept queue's length. */
  public double lengthNanos(int row) {
    return getDouble(row, SamplerLayout.ROW_LENGTH_NANOSECONDS);
  }

  /** Of all rows that have this one in {@link #group}. */
  public long fullNanos(int row) {
    return getLong(row, SamplerLayout.ROW_FULL_NANOSECONDS);
  }

  /** The integral of the utilization, of all rows that have this one in {@link #group}. */
  public double utilizationNanos(int row) {
    return getDouble(row, SamplerLayout.ROW_UTILIZATION_NANOSECONDS);
  }

  /** The highest utilization of the last minute. */
  public double peakUtilization(int row) {
    return getDouble(row, SamplerLayout.ROW_PEAK_UTILIZATION);
  }

  /** The row in which this one's time at full and utilization count. */
  public int group(int row) {
    return bytes.getInt(rows.at(row) + SamplerLayout.ROW_GROUP);
  }

  public void group(int row, int other) {
    bytes.putInt(rows.at(row) + SamplerLayout.ROW_GROUP, other);
  }

  private long getLong(int row, int field) {
    return bytes.getLong(rows.at(row) + field);
  }

  private double getDouble(int row, int field) {
    return bytes.getDouble(rows.at(row) + field);
  }
}
