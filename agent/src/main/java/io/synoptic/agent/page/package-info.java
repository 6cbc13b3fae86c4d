/**
 * The page for people at {@code /}: its files, and what it shows without JavaScript. With it, the
 * files read {@code /api/v1/now} and show the same and more.
 */
@NullMarked
package io.synoptic.agent.page;

import org.jspecify.annotations.NullMarked;
