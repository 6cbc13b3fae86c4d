/**
 * The TCP sockets of a Linux network namespace, from the first SYN to the last ACK.
 *
 * <p>{@link io.synoptic.SocketScanner} reads them; {@link io.synoptic.SocketSnapshot} is what one
 * scan saw; {@link io.synoptic.SocketMetrics} shows them to a Micrometer registry.
 *
 * <p>Several programs of one host see the same sockets: aggregate across them with {@code max},
 * never with {@code sum}.
 */
package io.synoptic;
