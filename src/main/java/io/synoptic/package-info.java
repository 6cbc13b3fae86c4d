/**
 * The TCP sockets of Linux network namespaces.
 *
 * <p>{@link io.synoptic.SocketScanner} scans once and returns a {@link io.synoptic.SocketSnapshot};
 * {@link io.synoptic.SharedScanner} shares scans between readers and returns {@link
 * io.synoptic.ScanReport}s. Everything else here is a value. {@code io.synoptic.micrometer} has the
 * metrics; {@code io.synoptic.internal} is no API.
 *
 * <p>Values are immutable, and copy the collections they are made of. A scanner belongs to the
 * program that builds it: what is passed to another class is not closed by it.
 *
 * <p>Several programs of one host see the same sockets: aggregate across them with {@code max},
 * never with {@code sum}.
 */
@NullMarked
package io.synoptic;

import org.jspecify.annotations.NullMarked;
