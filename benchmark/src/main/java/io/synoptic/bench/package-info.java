/**
 * What a reading of every TCP socket costs, the agent's beside its peers': {@code scripts/bench}.
 */
package io.synoptic.bench;
