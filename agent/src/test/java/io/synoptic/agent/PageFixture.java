package io.synoptic.agent;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.synoptic.ConnectFailure;
import io.synoptic.TcpState;
import io.synoptic.agent.now.Now;
import io.synoptic.agent.now.NowDocuments.Document;
import io.synoptic.agent.now.NowJson;
import io.synoptic.agent.page.PeoplePage;
import io.synoptic.agent.page.Resource;
import io.synoptic.agent.web.Body;
import io.synoptic.agent.web.Compressor;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * The agent's page over a host that is made up: as large as wanted, every figure of which changes
 * each second, and with names that try to be more than text.
 */
final class PageFixture implements AutoCloseable {
  /** In names of namespaces, processes, units and findings. */
  static final String HOSTILE = "\"><script>alert(1)</script>";

  private static final String JSON = "application/json";

  private final HttpServer server;
  private final PeoplePage page =
      new PeoplePage("<li><a href=\"/metrics\">Metrics</a></li>", 8 << 20);
  private final Compressor compressor = new Compressor(8 << 20);
  private final int pods;
  private final int[] lengths;
  private int round;

  private PageFixture(HttpServer server, int pods, int listeners) {
    this.server = server;
    this.pods = pods;
    lengths = new Random(1).ints(listeners, 0, 128).toArray();
  }

  static PageFixture startIn(NetworkNamespace namespace, int pods, int listeners) throws Exception {
    InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    PageFixture fixture =
        new PageFixture(namespace.call(() -> HttpServer.create(anyPort, 8)), pods, listeners);
    fixture.server.createContext("/", fixture::answer);
    fixture.server.start();
    return fixture;
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
  }

  private synchronized void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    Optional<Resource> file = page.file(path);
    Resource found;
    if (file.isPresent()) {
      found = file.get();
    } else {
      Now now = now();
      Body json =
          compressor.body(
              out -> {
                StringBuilder text = new StringBuilder();
                NowJson.write(now, text);
                out.write(text.toString().getBytes(StandardCharsets.UTF_8));
              });
      String etag = "W/\"" + round + '"';
      found =
          path.equals("/")
              ? page.of(new Document(now, json, etag))
              : new Resource(JSON, json, etag);
    }
    PeoplePage.HEADERS.forEach(exchange.getResponseHeaders()::set);
    exchange.getResponseHeaders().set("Content-Type", found.contentType());
    exchange.getResponseHeaders().set("Content-Encoding", "gzip");
    exchange.getResponseHeaders().set("ETag", found.etag());
    exchange.sendResponseHeaders(200, found.body().length(true));
    try (OutputStream out = exchange.getResponseBody();
        InputStream in = found.body().open(true)) {
      in.transferTo(out);
    }
  }

  private Now now() {
    Random random = new Random(++round);
    List<Now.Namespace> namespaces = new ArrayList<>();
    for (int i = 0; i <= pods; i++) {
      namespaces.add(namespace(i, random));
    }
    Instant read = Instant.now();
    return new Now(
        Now.SCHEMA,
        new Now.Agent("0.1.0", "", "node-7", "all"),
        new Now.LastScan(read, "bpf", "best", false, null, 1),
        "critical",
        List.of(
            finding("accept_queue_full", "critical", "listener", read.minusSeconds(754)),
            finding("close_wait_forgotten", "warning", "owner", null)),
        List.of(new Now.Unknown("process names", HOSTILE)),
        namespaces,
        0L);
  }

  private static Now.Finding finding(String kind, String severity, String about, Instant since) {
    return new Now.Finding(
        kind,
        severity,
        new Now.Subject(about, HOSTILE, "", "", "0.0.0.0", "8443", HOSTILE, "", HOSTILE),
        since,
        HOSTILE,
        List.of(new Now.Figure(HOSTILE, 0.5, "per_second", HOSTILE)),
        HOSTILE,
        List.of(new Now.Action(HOSTILE, HOSTILE)),
        HOSTILE,
        "slow-accept");
  }

  private Now.Namespace namespace(int number, Random random) {
    Map<String, Now.State> states = new LinkedHashMap<>();
    for (TcpState state : TcpState.ALL) {
      long inbound = random.nextInt(1000);
      states.put(state.label(), new Now.State(inbound, 5, inbound, 5L));
    }
    List<Now.Listener> all = new ArrayList<>();
    for (int i = number; i < lengths.length; i += pods + 1) {
      all.add(listener(8443 + i, i, random));
    }
    boolean isPod = number > 1;
    return new Now.Namespace(
        number == 0 ? "" : number == 1 ? HOSTILE : "cni-" + number,
        isPod ? "shop" : "",
        isPod ? "cart-" + number : "",
        number == 1 ? "critical" : null,
        states,
        0L,
        0L,
        0L,
        new Now.Outbound(1L, 2L, 3L, 4L, 5.0),
        7L,
        null,
        all,
        0L,
        0L,
        List.of(),
        Map.of(),
        new Now.BothHandshakes(handshakes(), handshakes()));
  }

  private Now.Listener listener(int port, int number, Random random) {
    boolean full = number == 0;
    long length = full ? 129 : Math.floorMod(lengths[number] += random.nextInt(7) - 3, 128);
    double ratio = full ? 1 : length / 129.0;
    return new Now.Listener(
        "0.0.0.0",
        Integer.toString(port),
        1,
        length,
        128L,
        ratio,
        ratio,
        full ? Instant.now().minusSeconds(754) : null,
        null,
        0.0,
        number % 5 == 0 ? 3.0 * number + round : 0.0,
        1000L,
        (long) random.nextInt(4),
        0.1,
        0L,
        Map.of("established", (long) random.nextInt(500), "close_wait", 3L),
        0L,
        0L,
        0L,
        0L,
        null,
        number < 3 ? HOSTILE : "checkout.service",
        "",
        "",
        "",
        number < 3 ? HOSTILE : "java",
        handshakes());
  }

  private Now.Handshakes handshakes() {
    Map<String, Long> ways = Map.of("fin", 3L * round, "reset", 0L + round, "timeout", 0L);
    Map<String, Long> failed = new LinkedHashMap<>();
    ConnectFailure.ALL.forEach(reason -> failed.put(reason.label(), (long) round));
    return new Now.Handshakes(
        5L * round, Map.of("local", ways, "peer", ways, "both", ways), failed, 0, 0, 0, 0.1, 10);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
