package io.synoptic.agent.page;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.BuildInfo;
import io.synoptic.TcpState;
import io.synoptic.agent.now.Now;
import io.synoptic.agent.now.NowDocuments.Document;
import io.synoptic.agent.web.Body;
import io.synoptic.agent.web.Compressor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the page shows without JavaScript. */
class PeoplePageTest {
  private static final String HOSTILE = "\"><script>'&${title}";
  private static final Instant READ = Instant.parse("2026-11-30T02:53:07Z");

  private final PeoplePage page =
      new PeoplePage("<li><a href=\"/metrics\">Metrics</a></li>", 1 << 20);

  private static Now.Listener listener(String port, double ratio, String process) {
    return new Now.Listener(
        "0.0.0.0",
        port,
        1,
        129,
        128L,
        ratio,
        ratio,
        ratio >= 1 ? READ.minusSeconds(720) : null,
        null,
        0.0,
        310.0,
        310L,
        2L,
        0.1,
        0L,
        Map.of(),
        0L,
        0L,
        0L,
        0L,
        null,
        "web.service",
        "",
        "",
        "",
        process,
        null);
  }

  private static Now.Namespace namespace(String netns, Now.Listener... listeners) {
    Map<String, Now.State> states =
        TcpState.ALL.stream()
            .collect(Collectors.toMap(TcpState::label, state -> new Now.State(3, 4, 5L, 2L)));
    return new Now.Namespace(
        netns,
        "",
        "",
        netns.isEmpty() ? "critical" : null,
        states,
        0L,
        0L,
        0L,
        null,
        null,
        null,
        List.of(listeners),
        0L,
        0L,
        List.of(),
        Map.of(),
        null);
  }

  private static Now now(String process, Now.Namespace... namespaces) {
    Now.Finding finding =
        new Now.Finding(
            "accept_queue_full",
            "critical",
            new Now.Subject("listener", "", "", "", "0.0.0.0", "8443", "web.service", "", process),
            READ.minusSeconds(720),
            "accept queue full",
            List.of(new Now.Figure("accept queue length", 129, "count", "synoptic_x")),
            "Clients wait.",
            List.of(new Now.Action("Look at the program.", "ss -ltnp 'sport = :8443'")),
            "Do not restart.",
            "slow-accept");
    return new Now(
        Now.SCHEMA,
        new Now.Agent(BuildInfo.version(), "", process, "all"),
        new Now.LastScan(READ, "sock_diag", "best", false, null, 1),
        "critical",
        List.of(finding),
        List.of(new Now.Unknown("handshakes", process)),
        List.of(namespaces),
        null);
  }

  private String html(Now now) throws IOException {
    Body json = new Compressor(1 << 20).body(out -> out.write(1));
    return text(page.of(new Document(now, json, "W/\"" + now.hashCode() + '"')));
  }

  private static String text(Resource resource) throws IOException {
    try (InputStream in = resource.body().open(false)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void theWorstFindingIsInTheTitleAndTheRestInPlainHtml() throws IOException {
    String html = html(now("nginx", namespace("", listener("8443", 1, "nginx"))));

    assertThat(html)
        .contains(
            "<title>✖ 0.0.0.0:8443 accept queue full · nginx</title>",
            "since 2026-11-30 02:41:07 UTC, 12 min",
            "<code>ss -ltnp &#39;sport = :8443&#39;</code>",
            "What not to do</h4><p>Do not restart.",
            "<span class=\"level\">129 / 128</span>",
            "web.service · nginx",
            "<td class=\"number\">7</td><td class=\"number\">5</td><td class=\"number\">2</td>",
            "<li><a href=\"/metrics\">Metrics</a></li>")
        .doesNotContain("${");
  }

  @Test
  void whatComesFromOutsideIsText() throws IOException {
    String html =
        html(
            now(
                HOSTILE,
                namespace("", listener("8443", 1, HOSTILE)),
                namespace(HOSTILE, listener("1", 0, HOSTILE))));

    assertThat(html)
        .contains("&quot;&gt;&lt;script&gt;&#39;&amp;${title}")
        .doesNotContain(HOSTILE, "\"><script>");
  }

  @Test
  void theFullestAreFirstAndTheOthersAreCounted() throws IOException {
    List<Now.Listener> many = new ArrayList<>();
    for (int i = 0; i < 130; i++) {
      many.add(listener(Integer.toString(1000 + i), i / 200.0, ""));
    }
    String html = html(now("x", namespace("", many.toArray(Now.Listener[]::new))));

    assertThat(html)
        .contains("0.0.0.0:1129", "0.0.0.0:1030", "30 more, less full")
        .doesNotContain("0.0.0.0:1029");
    assertThat(html.indexOf("0.0.0.0:1129")).isLessThan(html.indexOf("0.0.0.0:1128"));
  }

  @Test
  void nothingIsInThePageThatThePolicyForbids() throws IOException {
    String html = html(now("x", namespace("")));

    assertThat(html)
        .doesNotContainPattern("<style|style=|<script(?! type=\"module\" src=)| on\\w+=");
    assertThat(html).doesNotContainPattern("(src|href)=\"(?!/)");
  }

  @Test
  void everyFileOfThePageIsServed() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("src/main/resources/io/synoptic/agent/page"))) {
      for (Path file : files.filter(each -> !each.endsWith("index.html")).toList()) {
        Resource served = page.file(PeoplePage.FOLDER + file.getFileName()).orElseThrow();
        assertThat(text(served)).isEqualTo(Files.readString(file));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/page/", "/page/index.html", "/page/../main.js", "/page/x.js", "/main.js"})
  void nothingElseIs(String path) {
    assertThat(page.file(path)).isEmpty();
  }
}
