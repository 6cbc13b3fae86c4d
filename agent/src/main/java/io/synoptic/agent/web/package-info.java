/**
 * The web server: where it listens, whom it lets in, how much it bears. It knows no socket but its
 * own.
 */
package io.synoptic.agent.web;
