package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Requests that no browser and no Prometheus sends, over raw connections to a real agent. */
@Tag("waits")
class OddRequestsIT {
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] ([0-9]{3}) ");

  private static final Pattern ESCAPE =
      Pattern.compile("\\\\(?:[rnt\\\\]|x([0-9a-f]{2})|\\*([0-9]+)\\(([^)]*)\\))");

  /** What may be answered; an empty text is a connection that is closed without an answer. */
  private static final String ANY = "|[234]..|501|505";

  /** A request and which statuses will do, the answers to it joined by blanks. */
  private record Odd(String request, String expected) {}

  private final List<Odd> all = new ArrayList<>();

  private void add(String expected, String... requests) {
    for (String request : requests) {
      all.add(new Odd(request, expected));
    }
  }

  private void headers(String expected, String... headers) {
    for (String header : headers) {
      add(
          expected,
          "GET /metrics HTTP/1.1\r\nHost: a\r\n" + header + "\r\nConnection: close\r\n\r\n");
    }
  }

  private void urls(String expected, String... urls) {
    for (String url : urls) {
      add(expected, "GET " + url + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    }
  }

  /** What is sent behind the head of a POST, and might be taken for a request of its own. */
  private void smuggled(String... headersAndBodies) {
    for (String each : headersAndBodies) {
      add(ANY, "POST /metrics HTTP/1.1\r\nHost: a\r\n" + each);
    }
  }

  private void wellFormedButOdd() {
    for (String name : List.of("Accept", "Accept-Encoding")) {
      headers(
          "200", name + ": \"", name + ": a;q=\"", name + ": \"text/plain", name + ": a;b=\"\\");
      headers("200", name + ": gzip;q=abc, text/plain;q=abc", name + ": gzip;q=-1", name + ":");
      headers(
          "200", name + ": gzip;q=1e999, b;q=NaN, c;q=0x1p3", name + ": ,,,;;;===", name + ": ;");
      headers("200", name + ": " + ";".repeat(4000), name + ": a\r\n" + name + ": \"b");
      headers(
          ANY, name + ": \u00ff\u00fe", name + ": \u0000", name + ": \u001b[2J", name + ": a\rb");
    }
    for (String timeout : List.of("NaN", "-1", "1e400", "0x1p3", "", "soon", "-Infinity", "9d")) {
      headers("200", "X-Prometheus-Scrape-Timeout-Seconds: " + timeout);
    }
    headers("200", "Range: bytes=5-2", "If-None-Match: \"", "If-Modified-Since: yesterday");
    headers("200", "Cookie: =;;\"", "Forwarded: for=\"", "Authorization: Basic =", "TE: \"");
    String settings = "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA";
    headers("200", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n" + settings);
    headers("200|400", "Upgrade: h2c\r\n" + settings, "Upgrade: \"", "Upgrade: websocket");
    headers(ANY, "Expect: miracles", "Expect: 100-continue", "Content-Type: \"", "Trailer: Host");
    String host = "GET /metrics HTTP/1.1\r\nConnection: close\r\nHost: ";
    for (String odd :
        List.of("", "[::1", "a b", "a,b", "a:99999", "@", "\"", "[", "a:b", "%", "/")) {
      add("|200|400", host + odd + "\r\n\r\n");
    }
  }

  private void urlsAndLines() {
    urls("200", "http://other/metrics", "http://other:1/metrics", "https://other/metrics");
    urls(
        "200",
        "http://[::1]:9/metrics?x",
        "/metrics?%zz",
        "/metrics?a=%00&&&=",
        "http://a/metrics");
    urls(
        ANY,
        "http:///metrics",
        "ftp://a/metrics",
        "//metrics",
        "/metrics;x=y",
        "/%2e%2e/",
        "*",
        "a");
    urls(
        ANY,
        "/metrics%2f",
        "/./metrics",
        "/metrics#f",
        "/%c0%af",
        "/\u00ff",
        "/%u0041",
        "/..",
        "?");
    urls(
        ANY, "/metrics/../metrics", "http://u:p@a/metrics", "/\\", "/" + "a/".repeat(3000), "/%00");
    urls(
        ANY,
        "/" + "%41".repeat(2000),
        "http://" + "a".repeat(7000) + "/",
        "/a\u0000b",
        "/ a",
        "://");
    String rest = " /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    for (String method :
        List.of("get", "TRACE", "PATCH", "G\u00cbT", "GET\t", "X".repeat(500), "")) {
      add(ANY, method + rest);
    }
    add(
        ANY,
        "GET /metrics\r\n\r\n",
        "GET /metrics HTTP/1.0\r\n\r\n",
        "GET /metrics HTTP/1.2\r\n\r\n");
    add(ANY, "GET  /metrics  HTTP/1.1\r\nHost: a\r\n\r\n", "GET /metrics HTTP/1.1\nHost: a\n\n");
    add(ANY, "GET /metrics HTTP/1.1\rHost: a\r\r", "GET /metrics http/1.1\r\nHost: a\r\n\r\n");
    add(
        ANY,
        "\r\n\r\n\r\nGET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "\r\n",
        "");
    add(
        ANY,
        "GET /metrics HTTP/1.1\r\n Host: a\r\n\r\n",
        "GET /metrics HTTP/1.1\r\nHost : a\r\n\r\n");
    add(
        ANY,
        "GET /metrics HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
        "GET /metrics HTTP/1.1\r\n: a\r\n\r\n");
    add(
        ANY,
        "GET /metrics HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX");
    add(
        ANY,
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc");
    add(ANY, "GET / HTTP/1.1\r\nHost: a\r\n" + "A: b\r\n".repeat(1200) + "\r\n");
    add(
        "400",
        "GET /metrics HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET /metrics HTTP/1.1\r\n\r\n");
  }

  private void smuggling() {
    String inner = "GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n";
    String chunked = "Transfer-Encoding: chunked\r\n";
    smuggled("Content-Length: 4\r\n" + chunked + "\r\n0\r\n\r\n" + inner);
    smuggled(chunked + "Content-Length: 4\r\n\r\n0\r\n\r\n" + inner);
    smuggled("Content-Length: 0\r\nContent-Length: 44\r\n\r\n" + inner);
    smuggled("Content-Length: 0, 44\r\n\r\n" + inner, "Content-Length: +5\r\n\r\n" + inner);
    smuggled("Content-Length: -1\r\n\r\n" + inner, "Content-Length: 0x5\r\n\r\n" + inner);
    smuggled(
        "Content-Length: 99999999999999999999\r\n\r\n" + inner, "Content-Length:\r\n\r\n" + inner);
    smuggled("Content-Length: 5 5\r\n\r\n" + inner, "Content-Length : 5\r\n\r\n" + inner);
    smuggled("Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + inner);
    smuggled("Transfer-Encoding: \u000bchunked\r\n\r\n0\r\n\r\n" + inner);
    smuggled("Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + inner);
    smuggled("Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + inner);
    smuggled("Transfer-Encoding: \"chunked\r\n\r\n0\r\n\r\n" + inner);
    smuggled(chunked + chunked + "\r\n0\r\n\r\n" + inner, "X: y\r\n " + chunked + "\r\n" + inner);
    smuggled(chunked + "\r\nffffffffffffffff\r\n" + inner, chunked + "\r\n-1\r\n" + inner);
    smuggled(chunked + "\r\n5;a=\"\r\n" + inner, chunked + "\r\n0x5\r\n" + inner);
    smuggled(chunked + "\r\n5\nabcde\n0\n\n" + inner, chunked + "\r\n\r\n" + inner);
    smuggled(chunked + "\r\n0\r\nHost: b\r\nContent-Length: 9\r\n: x\r\n\r\n" + inner);
  }

  /** Of odd-requests.txt. */
  private void table() throws IOException {
    for (String line : Files.readAllLines(Path.of("src/test/resources/odd-requests.txt"))) {
      if (!line.startsWith("#")) {
        String[] columns = line.split("\t", 2);
        all.add(new Odd(unescaped(columns[1]), columns[0]));
      }
    }
  }

  private static String unescaped(String text) {
    return ESCAPE
        .matcher(text)
        .replaceAll(
            escape -> {
              String plain =
                  switch (text.charAt(escape.start() + 1)) {
                    case 'r' -> "\r";
                    case 'n' -> "\n";
                    case 't' -> "\t";
                    case 'x' -> String.valueOf((char) Integer.parseInt(escape.group(1), 16));
                    case '*' ->
                        unescaped(escape.group(3)).repeat(Integer.parseInt(escape.group(2)));
                    default -> "\\";
                  };
              return Matcher.quoteReplacement(plain);
            });
  }

  private static String answers(RunningAgent agent, String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), agent.port())) {
      socket.setSoTimeout(60_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      socket.shutdownOutput();
      String text = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      assertThat(text).doesNotContain("Exception", "io.synoptic", "org.eclipse");
      return String.join(" ", STATUS.matcher(text).results().map(each -> each.group(1)).toList());
    } catch (SocketException e) {
      return ""; // reset: it was closed before it had read everything
    }
  }

  @Test
  void noRequestIsAnsweredWith500OrLogged() throws Exception {
    wellFormedButOdd();
    urlsAndLines();
    smuggling();
    assertThat(all.size()).isGreaterThan(120);
    List<String> wrong = new ArrayList<>();
    try (RunningAgent agent = RunningAgent.start()) {
      for (Odd odd : all) {
        String answers = answers(agent, odd.request());
        if (!answers.matches(odd.expected())) {
          wrong.add(answers + " to " + odd.request().lines().limit(5).toList());
        }
      }
      assertThat(wrong).isEmpty();
      assertThat(agent.errors()).isEmpty();
    }
  }

  /** The whole table, sent one after the other, takes a few seconds. */
  @Test
  void eachOfTheTableIsAnsweredAsTheRfcsSayOrClosed() throws Exception {
    table();
    assertThat(all.size()).isGreaterThan(270);
    List<String> wrong = new ArrayList<>();
    try (RunningAgent agent = RunningAgent.start()) {
      for (Odd odd : all) {
        String answers = answers(agent, odd.request());
        boolean closed = answers.isEmpty() && odd.expected().contains("4");
        if (!closed && !answers.matches(odd.expected())) {
          wrong.add(answers + " to " + odd.request().lines().limit(5).toList());
        }
      }
      assertThat(wrong).isEmpty();
      assertThat(agent.errors()).isEmpty();
    }
  }
}
