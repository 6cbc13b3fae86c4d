package io.synoptic.findings;

/**
 * What can't be known here: nothing was found of it, and nothing could have been.
 *
 * @param what is not known: {@code handshakes}, {@code limits of accept queues}
 * @param why in one sentence, with what to do about it if there is anything
 */
public record Unknown(String what, String why) {}
