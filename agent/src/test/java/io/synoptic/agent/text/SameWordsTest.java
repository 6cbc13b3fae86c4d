package io.synoptic.agent.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import io.synoptic.agent.now.Now;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the page's JavaScript says of figures, times and names is what a terminal says of them. */
class SameWordsTest {
  private static final Path SCRIPT =
      Path.of("src/main/resources/io/synoptic/agent/page/format.js").toAbsolutePath();
  private static final ZoneId ZONE = ZoneId.of("America/New_York");
  private static final Instant NOW = Instant.parse("2026-11-30T04:53:07.250Z"); // 29 November there

  private static final Gson GSON = new GsonBuilder().serializeNulls().create();

  /** Answers each line {@code [function, arguments...]} with a line of text. */
  private static final String DRIVER =
      """
      import { readFileSync } from 'node:fs';
      const script = readFileSync(process.argv[1]).toString('base64');
      const format = await import(`data:text/javascript;base64,${script}`);
      for (const line of readFileSync(0, 'utf8').trimEnd().split('\\n')) {
        const [name, ...args] = JSON.parse(line);
        console.log(format[name](...args));
      }
      """;

  /** What to ask, and what a terminal shows. */
  private final Map<String, String> expected = new LinkedHashMap<>();

  private void add(String text, String function, Object... arguments) {
    List<Object> line = new ArrayList<>();
    line.add(function);
    line.addAll(Arrays.asList(arguments));
    expected.put(GSON.toJson(line), text);
  }

  /** Edges of every unit, and others. */
  private static DoubleStream numbers() {
    DoubleStream edges =
        DoubleStream.of(
            0, 0.25, 0.35, 0.996, 1, 1.45, 9.94, 9.95, 9.96, 10, 119.9, 120, 999, 1000, 1023, 1024,
            7199, 7200, 9999, 9999.6, 10_000, 12_345, 99_949, 99_950, 172_799, 172_800, 999_499,
            999_500, 1048575, 1048576, 1e9, 1 << 30, 1.5e12, 1L << 40, 7e15);
    Random random = new Random(22);
    return DoubleStream.concat(
        edges, DoubleStream.generate(() -> Math.pow(10, random.nextDouble(-5, 14))).limit(2000));
  }

  @Test
  void aPageAndATerminalShowTheSame() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/node")), "there is no nodejs here");
    figures();
    times();
    names();

    assertThat(answers()).containsExactlyElementsOf(expected.values());
  }

  private void figures() {
    numbers()
        .forEach(
            value -> {
              add(Figures.count(value), "count", value);
              add(Figures.brief(value), "brief", value);
              add(Figures.amount(value), "amount", value);
              add(Figures.duration(value), "duration", value);
              add(Figures.bytes(value), "bytes", value);
              add(Figures.percent(value), "percent", value);
              for (String unit : List.of("count", "per_second", "seconds", "ratio", "bytes")) {
                Now.Figure figure = new Now.Figure("", value, unit, "");
                add(Figures.figure(figure), "figure", figure);
              }
            });
    for (String function : List.of("count", "brief", "duration", "bytes", "percent")) {
      add(Figures.UNKNOWN, function, (Object) null);
    }
  }

  private void times() {
    for (String ago : List.of("PT0S", "PT0.004S", "PT12M", "PT23H", "P3D", "P400D")) {
      Instant when = NOW.minus(Duration.parse(ago));
      add(Times.clock(when, NOW, ZONE), "clock", when.toString(), NOW.toEpochMilli());
      add(
          Times.since(when.minusMillis(500), NOW, ZONE),
          "since",
          when.minusMillis(500).toString(),
          NOW.toEpochMilli());
    }
  }

  private void names() {
    add(Names.endpoint("127.0.0.1", "80"), "endpoint", "127.0.0.1", "80");
    add(Names.endpoint("::1", "80"), "endpoint", "::1", "80");
    for (String kind : List.of("listener", "owner", "namespace", "host")) {
      for (String netns : List.of("", "cni-1")) {
        for (String pod : List.of("", "cart-0")) {
          for (String name : List.of("", "<b>\u202e")) {
            Now.Subject subject =
                new Now.Subject(
                    kind, netns, pod.isEmpty() ? "" : "shop", pod, "::", "443", name, "", name);
            add(Names.subject(subject), "subject", subject);
            add(Names.whose(subject, false), "whose", subject, false);
            add(Names.whose(subject, true), "whose", subject, true);
            add(Names.place(netns, subject.namespace(), pod), "place", subject);
          }
        }
      }
    }
    for (String severities : List.of("", "critical", "warning warning", "critical warning")) {
      List<Now.Finding> findings =
          Stream.of(severities.split(" ", -1)).filter(one -> !one.isEmpty()).map(this::of).toList();
      for (String label : List.of("fine", "unknown", "critical")) {
        Now now = new Now(1, null, null, label, findings, List.of(), List.of(), null);
        List<Map<String, String>> sent =
            findings.stream().map(one -> Map.of("severity", one.severity())).toList();
        add(Names.status(now), "status", Map.of("status", label, "findings", sent));
      }
    }
  }

  private Now.Finding of(String severity) {
    return new Now.Finding("", severity, null, null, "", List.of(), "", List.of(), "", "");
  }

  private List<String> answers() throws Exception {
    ProcessBuilder node =
        new ProcessBuilder("node", "--input-type=module", "-e", DRIVER, SCRIPT.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    node.environment().put("TZ", ZONE.getId());
    Process process = node.start();
    Thread asking = new Thread(() -> ask(process));
    asking.start();
    List<String> answers = process.inputReader().lines().toList();
    asking.join();
    assertThat(process.waitFor()).isZero();
    return answers;
  }

  private void ask(Process process) {
    try (Writer questions = process.outputWriter()) {
      questions.write(String.join("\n", expected.keySet()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
