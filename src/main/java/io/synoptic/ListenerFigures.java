package io.synoptic;

import java.util.List;
import java.util.OptionalDouble;

/**
 * The listeners after a scan, with what is remembered of them.
 *
 * @param groups in the order in which they came; {@code other} is the last
 * @param foldedListeners listening sockets that are in {@code other}
 * @param observedSeconds time since the start that the sampler observed; empty without a sampler
 */
public record ListenerFigures(
    List<ListenerGroup> groups, long foldedListeners, OptionalDouble observedSeconds) {}
