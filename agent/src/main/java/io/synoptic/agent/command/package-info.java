/**
 * The commands for people: {@code doctor}, {@code snapshot}, {@code states} and {@code top}. Each
 * shows one {@link io.synoptic.agent.now.Now}, a running agent's or one of its own scans.
 */
@NullMarked
package io.synoptic.agent.command;

import org.jspecify.annotations.NullMarked;
