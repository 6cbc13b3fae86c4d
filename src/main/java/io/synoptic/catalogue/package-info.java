/** Every metric family: its name, kind, unit, help and labels, and its rows of a report. */
@NullMarked
package io.synoptic.catalogue;

import org.jspecify.annotations.NullMarked;
