/** The metric catalogue as Micrometer meters. */
@NullMarked
package io.synoptic.micrometer;

import org.jspecify.annotations.NullMarked;
