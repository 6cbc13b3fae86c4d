/**
 * What is wrong with the TCP of a host, for people: {@link io.synoptic.findings.Diagnosis} turns a
 * {@link io.synoptic.ScanReport}, and what {@link io.synoptic.findings.History} remembers of those
 * before it, into {@link io.synoptic.findings.Finding}s. Everything but the history is a value.
 */
@NullMarked
package io.synoptic.findings;

import org.jspecify.annotations.NullMarked;
