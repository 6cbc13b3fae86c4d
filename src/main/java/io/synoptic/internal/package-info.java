/**
 * What a {@link io.synoptic.SharedScanner} does. Not an API: anything here may change at any time.
 *
 * <p>A scan goes {@code ffi} (one call into libsynoptic, and its tables) → {@code netns} (which
 * namespaces, and their names) → {@code listeners} and {@code owners} (what is remembered from scan
 * to scan) → {@link io.synoptic.ScanReport}. {@code procfs} reads text, {@code limits} bounds cost
 * and series.
 */
@NullMarked
package io.synoptic.internal;

import org.jspecify.annotations.NullMarked;
