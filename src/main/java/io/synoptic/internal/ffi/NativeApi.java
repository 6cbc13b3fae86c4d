package io.synoptic.internal.ffi;

import java.nio.ByteBuffer;
import jnr.ffi.Pointer;
import jnr.ffi.annotations.IgnoreError;
import jnr.ffi.annotations.Out;
import jnr.ffi.types.size_t;
import jnr.ffi.types.u_int32_t;

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
    int synoptic_refusal(int error);

    @IgnoreError
    int synoptic_yield_to_others();

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
