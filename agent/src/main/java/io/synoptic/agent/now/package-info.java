/**
 * What is so now, for people: one document that the page, {@code /api/v1/now} and every command
 * show. {@link io.synoptic.agent.now.Now} is its schema.
 */
@NullMarked
package io.synoptic.agent.now;

import org.jspecify.annotations.NullMarked;
