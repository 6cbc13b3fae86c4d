/** Bounds: CPU time, and new series. */
@NullMarked
package io.synoptic.internal.limits;

import org.jspecify.annotations.NullMarked;
