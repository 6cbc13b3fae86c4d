/** Figures, times and names as people read them: one way for the page and the commands. */
@NullMarked
package io.synoptic.agent.text;

import org.jspecify.annotations.NullMarked;
