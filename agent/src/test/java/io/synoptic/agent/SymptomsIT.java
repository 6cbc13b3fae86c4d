package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.agent.RunningPrometheus.Sample;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The symptoms of docs/troubleshooting.md, made as docs/lab.md makes them: a real Prometheus finds
 * each by its expression, and takes none for another. Ranges of time are shortened, so that a
 * minute is two seconds; nothing else of an expression is changed.
 */
@Tag("waits")
class SymptomsIT {
  /** Room for 32,768 timewait sockets: the kernel allows half as many as there are buckets. */
  private static final int BUCKETS = 65536;

  private static final Pattern TCPLAB =
      Pattern.compile(
          "(for .* do )?tcplab (?<time>--for=\\d+) (?<population>[^ ;]+)(; done)?(?<stays> &)?");

  /**
   * What a row has to say of its own reproduction.
   *
   * @param where the port of the listener, or the state of connections that have none, or the
   *     reason of those that failed
   * @param others rows that may show the same
   */
  private record Finding(
      String symptom, String where, double least, double most, Set<String> others) {}

  /** The laboratory drops segments with filters on its listeners, and these are drops too. */
  private static final List<Finding> FINDINGS =
      List.of(
          new Finding("SYN flood", "7001", 100, 100, Set.of("Listener drops")),
          new Finding("SYN queue full", "7002", 17, 17, Set.of("SYN flood", "Listener drops")),
          new Finding("Slow accept", "7003", 0.5, 1.01, Set.of()),
          new Finding("Burst", "7004", 1, 5, Set.of()),
          new Finding("Listener drops", "7005", 3, 10, Set.of("Burst", "Slow accept")),
          new Finding("TIME_WAIT", "time_wait", 21000, 22000, Set.of()),
          new Finding("CLOSE_WAIT leak", "close_wait", 55, 55, Set.of()),
          new Finding("Connects that hang", "syn_sent", 50, 50, Set.of()),
          new Finding("Connects that fail", "refused", 11, 80, Set.of()),
          new Finding("Slow handshakes", "7010", 0.1, 5, Set.of()));

  @TempDir private Path folder;

  @Test
  void everyExpressionFindsItsTroubleAndNoOther() throws Exception {
    Bpf.assumeHandshakesAreCounted();
    Map<String, Symptom> symptoms = Symptom.readAll();
    assertThat(symptoms.keySet())
        .containsExactlyElementsOf(FINDINGS.stream().map(Finding::symptom).toList());

    try (NetworkNamespace namespace = NetworkNamespace.create(BUCKETS);
        RunningAgent agent = RunningAgent.startIn(namespace, "--collector.handshakes");
        RunningPrometheus prometheus =
            RunningPrometheus.startIn(namespace, folder, Map.of("synoptic", agent.port()));
        Lab healthy =
            Lab.in(
                namespace,
                "ipv4:listener=1,backlog=128,fill=3,port=7000",
                "ipv6:established=50",
                "ipv4:time_wait=50",
                "ipv4:close_wait=5")) {
      quiet(prometheus);
      assertThat(shown(symptoms, prometheus)).isEmpty();

      for (Finding finding : FINDINGS) {
        List<Lab> labs = new ArrayList<>();
        try {
          reproduce(namespace, symptoms.get(finding.symptom), labs);
          await(symptoms, prometheus, finding);
        } finally {
          for (Lab lab : labs) {
            lab.close();
          }
        }
      }
      assertThat(healthy.sockets()).containsEntry("ipv4 listen", 1L);
      assertThat(prometheus.complaints()).isEmpty();
    }
  }

  /** Waits until what is healthy has been scraped some times; the first takes a few seconds. */
  private static void quiet(RunningPrometheus prometheus) throws Exception {
    String scraped =
        "count_over_time(synoptic_tcp_listener_accept_queue_length{port='7000'}[1m]) >= 4"
            + " and synoptic_tcp_listener_accept_queue_length == 3";
    for (int i = 0; prometheus.query(scraped).isEmpty(); i++) {
      assertThat(i).as(scraped).isLessThan(80);
      TimeUnit.MILLISECONDS.sleep(250);
    }
  }

  /** Does what the page says: what stays is put into {@code labs}, what ends is waited for. */
  private static void reproduce(NetworkNamespace namespace, Symptom symptom, List<Lab> labs)
      throws Exception {
    for (String line : symptom.reproduction()) {
      if (line.startsWith("sleep ")) {
        continue; // Until the expression has a value, which is waited for.
      }
      Matcher tcplab = TCPLAB.matcher(line);
      if (line.startsWith("lab ")) {
        namespace.exec("sh", "-c", line.substring("lab ".length()) + "; true");
      } else if (!tcplab.matches()) {
        throw new AssertionError("docs/lab.md: " + line);
      } else if (tcplab.group("stays") != null) {
        labs.add(Lab.in(namespace, tcplab.group("population")));
      } else {
        Lab.in(namespace, tcplab.group("time"), tcplab.group("population")).close();
      }
    }
  }

  private static void await(
      Map<String, Symptom> symptoms, RunningPrometheus prometheus, Finding finding)
      throws Exception {
    Symptom symptom = symptoms.get(finding.symptom);
    double value = Double.NaN;
    for (int i = 0; !(finding.least <= value && value <= finding.most); i++) {
      assertThat(i).as("%s is not found: %s", symptom, value).isLessThan(80);
      TimeUnit.MILLISECONDS.sleep(250);
      value = said(symptom, prometheus).getOrDefault(finding.where, Double.NaN);
    }
    Set<String> rows = new TreeSet<>(shown(symptoms, prometheus).get(finding.where));
    rows.removeAll(finding.others);
    assertThat(rows).as("rows that show %s", finding.where).containsExactly(finding.symptom);
  }

  /** What an expression says now, by port, state or reason. */
  private static Map<String, Double> said(Symptom symptom, RunningPrometheus prometheus)
      throws Exception {
    Map<String, Double> said = new HashMap<>();
    for (Sample sample : prometheus.query(symptom.hastened())) {
      Map<String, String> labels = sample.labels();
      Stream.of("port", "state", "reason")
          .filter(labels::containsKey)
          .findFirst()
          .ifPresent(where -> said.put(labels.get(where), sample.value()));
    }
    return said;
  }

  /** Which rows show something now, by its port or state. */
  private static Map<String, Set<String>> shown(
      Map<String, Symptom> symptoms, RunningPrometheus prometheus) throws Exception {
    Map<String, Set<String>> shown = new HashMap<>();
    for (Symptom symptom : symptoms.values()) {
      for (String where : said(symptom, prometheus).keySet()) {
        shown.computeIfAbsent(where, w -> new TreeSet<>()).add(symptom.name());
      }
    }
    return shown;
  }
}
