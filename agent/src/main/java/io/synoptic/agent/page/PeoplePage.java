package io.synoptic.agent.page;

import io.synoptic.agent.now.Now;
import io.synoptic.agent.now.NowDocuments.Document;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The page at {@code /} and the files it needs. Made once for each document. */
public final class PeoplePage {
  /** Where its files are. */
  public static final String FOLDER = "/page/";

  /**
   * What a browser may do with it: everything comes from here, and nothing is in the page itself.
   */
  public static final Map<String, String> HEADERS =
      Map.of(
          "Content-Security-Policy",
          "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
              + " img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
          "X-Content-Type-Options",
          "nosniff",
          "Referrer-Policy",
          "no-referrer");

  private final String links;
  private final Resources resources;
  private @Nullable String template;
  private @Nullable String shown;
  private @Nullable Resource page;

  /**
   * No page yet.
   *
   * @param links to the other pages, as HTML
   * @param maxBytes that it may take, compressed
   */
  public PeoplePage(String links, long maxBytes) {
    this.links = links;
    resources = new Resources(maxBytes);
  }

  /** The page, as it is without JavaScript. */
  public synchronized Resource of(Document document) {
    if (page == null || !document.etag().equals(shown)) {
      page = resources.resource("index.html", html(document.now()));
      shown = document.etag();
    }
    return page;
  }

  private String html(Now now) {
    if (template == null) {
      template = Resources.text("index.html");
    }
    return new PageWriter(now, links).fill(template);
  }

  /** A file below {@link #FOLDER}, by its path. */
  public Optional<Resource> file(String path) {
    return path.startsWith(FOLDER)
        ? resources.of(path.substring(FOLDER.length()))
        : Optional.empty();
  }
}
