/** What is remembered of listeners: groups, drops by cookie, and what the sampler saw. */
@NullMarked
package io.synoptic.internal.listeners;

import org.jspecify.annotations.NullMarked;
