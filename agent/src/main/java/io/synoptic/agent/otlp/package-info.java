/**
 * The same figures, pushed to a receiver of OpenTelemetry's protocol, for those who scrape nothing.
 * Loaded with {@code --otlp.url} alone.
 */
@NullMarked
package io.synoptic.agent.otlp;

import org.jspecify.annotations.NullMarked;
