/** The kernel's text files. */
@NullMarked
package io.synoptic.internal.procfs;

import org.jspecify.annotations.NullMarked;
