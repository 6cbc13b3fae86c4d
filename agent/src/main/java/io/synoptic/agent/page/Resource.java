package io.synoptic.agent.page;

import io.synoptic.agent.web.Body;

/**
 * What a browser is sent.
 *
 * @param etag of the content, as the header has it
 */
public record Resource(String contentType, Body body, String etag) {}
