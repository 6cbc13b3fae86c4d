package io.synoptic.internal.ffi;

import java.nio.ByteBuffer;
import jnr.ffi.Pointer;
import jnr.ffi.annotations.IgnoreError;
import jnr.ffi.annotations.Out;
import jnr.ffi.types.size_t;
import jnr.ffi.types.u_int32_t;
import jnr.ffi.types.u_int64_t;
import org.jspecify.annotations.Nullable;

/** {@code native/include/synoptic.h} in Java. */
public final class NativeApi {
  private NativeApi() {}

  /**
   * The header's functions, one to one. They return {@code -errno} themselves, so that errno need
   * not be saved after each call.
   *
   * <p>Public, because jnr-ffi implements it from a class loader of its own; hidden all the same by
   * the class around it.
   */
  public interface Functions {
    @IgnoreError
    @u_int32_t
    int synoptic_abi();

    @IgnoreError
    @size_t
    long synoptic_snapshot_size(
        @u_int32_t int listeners, @u_int32_t int owners, @u_int32_t int namespaces);

    @IgnoreError
    int synoptic_scan(
        int source,
        String procfs,
        @u_int32_t int timeoutMillis,
        @Out ByteBuffer buffer,
        @size_t long size,
        @u_int32_t int owners);

    @IgnoreError
    int synoptic_scan_listeners(
        int source,
        String procfs,
        @u_int32_t int timeoutMillis,
        @Out ByteBuffer buffer,
        @size_t long size);

    @IgnoreError
    int synoptic_scan_node(
        int program,
        int records,
        @u_int32_t int timeoutMillis,
        @Out ByteBuffer buffer,
        @size_t long size,
        @u_int32_t int owners,
        @u_int32_t int namespaces);

    @IgnoreError
    int synoptic_scan_node_listeners(
        int program,
        int records,
        @u_int32_t int timeoutMillis,
        @Out ByteBuffer buffer,
        @size_t long size,
        @u_int32_t int namespaces);

    @IgnoreError
    @size_t
    long synoptic_sampler_size(@u_int32_t int listeners);

    @IgnoreError
    int synoptic_sampler_start(
        ByteBuffer sampler,
        @size_t long size,
        @u_int32_t int listeners,
        @Nullable ByteBuffer before);

    @IgnoreError
    int synoptic_sample(
        ByteBuffer sampler,
        int source,
        String procfs,
        @u_int32_t int intervalMillis,
        @u_int32_t int timeoutMillis,
        ByteBuffer buffer,
        @size_t long size);

    @IgnoreError
    int synoptic_sample_node(
        ByteBuffer sampler,
        int program,
        int records,
        @u_int32_t int intervalMillis,
        @u_int32_t int timeoutMillis,
        ByteBuffer buffer,
        @size_t long size,
        @u_int32_t int namespaces);

    @IgnoreError
    int synoptic_sampler_add(ByteBuffer sampler, ByteBuffer snapshot, @u_int64_t long began);

    @IgnoreError
    void synoptic_sampler_ask(ByteBuffer sampler);

    @IgnoreError
    @size_t
    long synoptic_handshakes_size(@u_int32_t int rows);

    @IgnoreError
    int synoptic_read_handshakes(
        int map, int events, int forget, String procfs, @Out ByteBuffer buffer, @size_t long size);

    @IgnoreError
    int synoptic_refusal(int error);

    @IgnoreError
    int synoptic_yield_to_others();

    @IgnoreError
    @u_int64_t
    long synoptic_cpu_nanoseconds();

    @IgnoreError
    int synoptic_notify(String state);

    @IgnoreError
    int synoptic_protect();

    @IgnoreError
    int synoptic_wait_for_stop();

    /** An array of (name, value) pairs, ended by a null name. */
    @IgnoreError
    Pointer synoptic_layout();
  }
}
