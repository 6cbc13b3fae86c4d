/** Which network namespaces are scanned, how, and under which names they are shown. */
@NullMarked
package io.synoptic.internal.netns;

import org.jspecify.annotations.NullMarked;
