/** libsynoptic: its functions, the layout of what they fill, and readers of that. */
@NullMarked
package io.synoptic.internal.ffi;

import org.jspecify.annotations.NullMarked;
