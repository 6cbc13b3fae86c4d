package io.synoptic.agent;

/**
 * A page that may be served.
 *
 * @param title for people
 * @param option what switches it on; empty for one that is always on
 * @param on whether it is served
 */
record Page(String path, String title, String option, boolean on) {
  /** One that is always on. */
  Page(String path, String title) {
    this(path, title, "", true);
  }
}
