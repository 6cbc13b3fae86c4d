/** Handshakes as the kernel has counted them: read, and added up by listener and owner. */
@NullMarked
package io.synoptic.internal.handshakes;

import org.jspecify.annotations.NullMarked;
