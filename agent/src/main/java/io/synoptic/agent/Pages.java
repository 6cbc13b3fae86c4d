package io.synoptic.agent;

import io.synoptic.ScanReport;
import io.synoptic.SharedScanner;
import io.synoptic.agent.Exposition.Format;
import io.synoptic.agent.now.NowDocuments;
import io.synoptic.agent.now.NowDocuments.Document;
import io.synoptic.agent.now.Viewers;
import io.synoptic.agent.page.PeoplePage;
import io.synoptic.agent.page.Resource;
import io.synoptic.agent.web.Answers;
import io.synoptic.agent.web.Body;
import io.synoptic.agent.web.ScrapeTimeout;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** What is served, by path. No request holds a thread while it waits for a scan. */
final class Pages extends Handler.Abstract.NonBlocking {
  /** Behind the path of the metrics. */
  static final String NODE_EXPORTER = "/node-exporter";

  /** See docs/api.md. */
  static final String NOW = "/api/v1/now";

  private static final long MAX_PAGE_BYTES = 1 << 20;

  private final List<Page> pages;
  private final SharedScanner scanner;
  private final Map<String, Exposition> expositions;
  private final boolean portsPage;
  private final Viewers viewers;
  private final NowDocuments documents;
  private final PeoplePage peoplePage;
  private final ProbePages probes;
  private final Answers answers;
  private final Executor renderer;

  /**
   * The pages.
   *
   * @param expositions by path; that of {@code telemetryPath} is among them
   * @param portsPage whether {@link PortsPage} is served
   * @param documents for {@code viewers}
   * @param probes the pages for probes
   * @param renderer makes what is sent
   */
  Pages(
      String telemetryPath,
      SharedScanner scanner,
      Map<String, Exposition> expositions,
      boolean portsPage,
      Viewers viewers,
      NowDocuments documents,
      ProbePages probes,
      Answers answers,
      Executor renderer) {
    String nodeExporter = telemetryPath + NODE_EXPORTER;
    boolean hasNodeExporter = expositions.containsKey(nodeExporter);
    pages =
        List.of(
            new Page(telemetryPath, "Metrics"),
            new Page(
                nodeExporter,
                "Metrics by node_exporter's names",
                "--compat.node-exporter",
                hasNodeExporter),
            new Page(NOW, "What is so now, as JSON"),
            new Page(PortsPage.PATH, "Where the local ports lead", "--ports.top", portsPage),
            new Page(ProbePages.HEALTHY, "Healthy"),
            new Page(ProbePages.READY, "Ready"));
    this.scanner = scanner;
    this.expositions = Map.copyOf(expositions);
    this.portsPage = portsPage;
    this.viewers = viewers;
    this.documents = documents;
    peoplePage = new PeoplePage(Page.links(pages), MAX_PAGE_BYTES);
    this.probes = probes;
    this.answers = answers;
    this.renderer = renderer;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    String path = Request.getPathInContext(request);
    if (answers.refusesMethod(request, response, callback)) {
      return true;
    }
    if (expositions.containsKey(path)) {
      Exposition exposition = expositions.get(path);
      Format format = Format.preferred(request.getHeaders().getValuesList(HttpHeader.ACCEPT));
      withReport(
          request,
          callback,
          scanner.fresh(),
          report -> exposition.body(report, format),
          body -> metrics(format, body, request, response, callback));
    } else if (portsPage && path.equals(PortsPage.PATH)) {
      withReport(
          request,
          callback,
          scanner.fresh(),
          PortsPage::text,
          text -> answers.text(request, response, callback, HttpStatus.OK_200, text));
    } else if (path.equals(NOW)) {
      withReport(
          request,
          callback,
          viewers.report(),
          this::document,
          document -> now(document, request, response, callback));
    } else if (ProbePages.serve(path)) {
      probes.handle(request, response, callback);
    } else if (path.equals("/")) {
      withReport(
          request,
          callback,
          viewers.report(),
          report -> document(report).map(peoplePage::of),
          page -> forPeople(page, request, response, callback));
    } else if (path.startsWith(PeoplePage.FOLDER) && peoplePage.file(path).isPresent()) {
      forPeople(peoplePage.file(path), request, response, callback);
    } else {
      answers.text(
          request, response, callback, HttpStatus.NOT_FOUND_404, Page.notFound(path, pages));
    }
    return true;
  }

  /**
   * Answers when a report is there that is new enough, or when the scraper can wait no longer. It
   * is rendered on a thread that does nothing else, and sent on one of the server's.
   */
  private <T> void withReport(
      Request request,
      Callback callback,
      CompletableFuture<ScanReport> report,
      Function<ScanReport, T> rendering,
      Consumer<T> answer) {
    // Who waits for a scan is not idle.
    request.addIdleTimeoutListener(timeout -> false);
    Future<?> unused =
        report
            .completeOnTimeout(
                scanner.latest(), ScrapeTimeout.millis(request), TimeUnit.MILLISECONDS)
            .thenApplyAsync(rendering, renderer)
            .thenAcceptAsync(answer, request.getComponents().getExecutor())
            .whenComplete(
                (nothing, failure) -> {
                  if (failure != null) {
                    callback.failed(failure);
                  }
                });
  }

  private void metrics(
      Format format, Body body, Request request, Response response, Callback callback) {
    response.getHeaders().put(HttpHeader.VARY, "Accept, Accept-Encoding");
    answers.send(request, response, callback, format.contentType(), body, acceptsGzip(request));
  }

  /** Empty if there is no memory for it. */
  private Optional<Document> document(ScanReport report) {
    try {
      return Optional.of(documents.of(report));
    } catch (UncheckedIOException e) {
      return Optional.empty();
    }
  }

  private void now(
      Optional<Document> document, Request request, Response response, Callback callback) {
    versioned(
        document.map(now -> new Resource("application/json", now.json(), now.etag())),
        request,
        response,
        callback);
  }

  private void forPeople(
      Optional<Resource> resource, Request request, Response response, Callback callback) {
    // What the configuration says of a header is left as it is.
    PeoplePage.HEADERS.forEach(
        (name, value) -> {
          if (!response.getHeaders().contains(name)) {
            response.getHeaders().put(name, value);
          }
        });
    versioned(resource, request, response, callback);
  }

  private void versioned(
      Optional<Resource> resource, Request request, Response response, Callback callback) {
    if (resource.isEmpty()) {
      answers.text(
          request,
          response,
          callback,
          HttpStatus.SERVICE_UNAVAILABLE_503,
          "there is no memory for all listeners: lower --listener.max");
      return;
    }
    Resource found = resource.get();
    response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-cache");
    response.getHeaders().put(HttpHeader.ETAG, found.etag());
    response.getHeaders().put(HttpHeader.VARY, "Accept-Encoding");
    if (knows(request, found.etag())) {
      answers.notModified(response, callback);
    } else {
      answers.send(
          request, response, callback, found.contentType(), found.body(), acceptsGzip(request));
    }
  }

  /** Whether the client has this version already. */
  private static boolean knows(Request request, String etag) {
    // Jetty's own way to read lists takes no quote inside of a value.
    return request.getHeaders().getValuesList(HttpHeader.IF_NONE_MATCH).stream()
        .flatMap(header -> Arrays.stream(header.split(",", -1)))
        .map(String::strip)
        .anyMatch(tag -> tag.equals(etag) || tag.equals("*"));
  }

  private static boolean acceptsGzip(Request request) {
    return AcceptHeader.values(request.getHeaders().getValuesList(HttpHeader.ACCEPT_ENCODING))
        .contains("gzip");
  }
}
