/** The daemon: options in, a scanner and a web server, metrics out. */
package io.synoptic.agent;
