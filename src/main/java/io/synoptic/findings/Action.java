package io.synoptic.findings;

/**
 * Something to do now.
 *
 * @param text in one sentence
 * @param command for a shell, to be pasted as it is; empty if there is none
 */
public record Action(String text, String command) {}
