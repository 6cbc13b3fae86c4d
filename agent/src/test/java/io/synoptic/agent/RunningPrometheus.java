package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Debian's Prometheus, as ./test unpacks it: it scrapes every second. */
public final class RunningPrometheus implements AutoCloseable {
  /** One element of an instant vector. */
  record Sample(Map<String, String> labels, double value) {}

  private static final Pattern SAMPLE =
      Pattern.compile(
          "\\{\"metric\":\\{(?<labels>[^}]*)},\"value\":\\[[^,]*,\"(?<value>[^\"]*)\"]}");
  private static final Pattern LABEL = Pattern.compile("\"(?<name>\\w+)\":\"(?<value>[^\"]*)\"");
  private static final Pattern LISTENING = Pattern.compile("msg=\"Listening on\" address=(\\S+)");

  /** It answers 503 before. */
  private static final String READY = "Server is ready to receive web requests";

  private final Process process;
  private final Path log;
  private final Optional<NetworkNamespace> namespace;
  private final URI url;

  /** One of its programs; skips the test if ./test has not fetched it. */
  public static String program(String name) {
    Path path = RunningAgent.ROOT.resolve("target/tools/usr/bin").resolve(name);
    assumeTrue(Files.isExecutable(path), "no " + name + ": ./test fetches it");
    return path.toString();
  }

  /**
   * Starts it in this process' network namespace, on a free port of loopback.
   *
   * @param folder for its files; may have rules, *.rules.yml
   * @param jobs the port on loopback that each job scrapes
   */
  static RunningPrometheus start(Path folder, Map<String, Integer> jobs) throws Exception {
    return new RunningPrometheus(folder, scrapeConfigs(jobs, Map.of()), Optional.empty());
  }

  /** Starts one that reads native histograms. */
  static RunningPrometheus startWithNativeHistograms(Path folder, Map<String, Integer> jobs)
      throws Exception {
    return new RunningPrometheus(
        folder,
        scrapeConfigs(jobs, Map.of()),
        Optional.empty(),
        "--enable-feature=native-histograms");
  }

  /**
   * Starts it in this process' network namespace.
   *
   * @param scrapeConfigs the list below that key of its configuration
   */
  static RunningPrometheus start(Path folder, String scrapeConfigs) throws Exception {
    return new RunningPrometheus(folder, scrapeConfigs, Optional.empty());
  }

  static RunningPrometheus startIn(
      NetworkNamespace namespace, Path folder, Map<String, Integer> jobs) throws Exception {
    return startIn(namespace, folder, jobs, Map.of());
  }

  /**
   * Starts it in a namespace.
   *
   * @param labels what it adds to the series of a job
   */
  static RunningPrometheus startIn(
      NetworkNamespace namespace,
      Path folder,
      Map<String, Integer> jobs,
      Map<String, Map<String, String>> labels)
      throws Exception {
    return startIn(namespace, folder, scrapeConfigs(jobs, labels));
  }

  /**
   * Starts it in a namespace.
   *
   * @param scrapeConfigs the list below that key of its configuration
   */
  static RunningPrometheus startIn(NetworkNamespace namespace, Path folder, String scrapeConfigs)
      throws Exception {
    return new RunningPrometheus(folder, scrapeConfigs, Optional.of(namespace));
  }

  /** Starts one that scrapes nothing and takes what others write. */
  static RunningPrometheus startReceiver(Path folder) throws Exception {
    Files.createDirectories(folder);
    return new RunningPrometheus(
        folder, "  []\n", Optional.empty(), "--web.enable-remote-write-receiver");
  }

  private static String scrapeConfigs(
      Map<String, Integer> jobs, Map<String, Map<String, String>> labels) {
    StringBuilder text = new StringBuilder();
    jobs.forEach(
        (job, port) ->
            text.append("- job_name: ")
                .append(job)
                .append('\n')
                .append("  static_configs: [{targets: ['127.0.0.1:")
                .append(port)
                .append("'], labels: ")
                // As JSON, but for the quotes.
                .append(labels.getOrDefault(job, Map.of()).toString().replace("=", ": "))
                .append("}]\n"));
    return text.toString();
  }

  private RunningPrometheus(
      Path folder,
      String scrapeConfigs,
      Optional<NetworkNamespace> namespace,
      String... moreOptions)
      throws Exception {
    this.namespace = namespace;
    Path config = folder.resolve("prometheus.yml");
    Files.writeString(
        config,
        """
        global: {scrape_interval: 1s, scrape_timeout: 1s}
        rule_files: ['*.rules.yml']
        scrape_configs:
        """
            + scrapeConfigs);
    log = folder.resolve("prometheus.log");
    List<String> options = new ArrayList<>(List.of(program("prometheus")));
    options.add("--config.file=" + config);
    options.add("--storage.tsdb.path=" + folder.resolve("data"));
    options.add("--web.listen-address=127.0.0.1:0");
    options.addAll(List.of(moreOptions));
    String[] command = options.toArray(String[]::new);
    process =
        new ProcessBuilder(namespace.map(n -> n.command(command)).orElse(List.of(command)))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    url = awaitUrl();
  }

  /** It chooses a free port itself and says which. */
  private URI awaitUrl() throws Exception {
    for (int i = 0; i < 1200 && process.isAlive(); i++) {
      String said = Files.readString(log);
      Matcher matcher = LISTENING.matcher(said);
      if (said.contains(READY) && matcher.find()) {
        return URI.create("http://" + matcher.group(1));
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    close();
    throw new AssertionError("Prometheus did not start: " + Files.readString(log));
  }

  URI url() {
    return url;
  }

  /** What an expression yields now. */
  List<Sample> query(String expression) throws Exception {
    String answer = get("/api/v1/query?query=" + encoded(expression));
    List<Sample> samples = new ArrayList<>();
    Matcher sample = SAMPLE.matcher(answer);
    while (sample.find()) {
      Map<String, String> labels = new HashMap<>();
      LABEL
          .matcher(sample.group("labels"))
          .results()
          .forEach(label -> labels.put(label.group(1), label.group(2)));
      samples.add(new Sample(labels, Double.parseDouble(sample.group("value"))));
    }
    return samples;
  }

  /** The labels of the one series that an expression yields. */
  Map<String, String> labels(String expression) throws Exception {
    List<Sample> samples = query(expression);
    assertThat(samples).as(expression).hasSize(1);
    return samples.get(0).labels();
  }

  /** Its active alerts with their annotations, as JSON. */
  String alerts() throws Exception {
    return get("/api/v1/alerts");
  }

  /** What the API of queries says to a question, read from JSON. */
  Object ask(String path, Map<String, Object> parameters) throws Exception {
    String question =
        parameters.entrySet().stream()
            .map(p -> p.getKey() + "=" + encoded(p.getValue().toString()))
            .collect(Collectors.joining("&"));
    return Dashboard.object(Dashboard.parse(get("/api/v1/" + path + "?" + question))).get("data");
  }

  /** Which values a label has in a selector's series, as Grafana asks it. */
  List<?> labelValues(String selector, String label) throws Exception {
    return (List<?>) ask("label/" + label + "/values", Map.of("match[]", selector));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private String get(String path) throws Exception {
    Callable<String> exchange =
        () -> {
          HttpURLConnection connection =
              (HttpURLConnection) url.resolve(path).toURL().openConnection();
          connection.setRequestProperty("Connection", "close");
          int status = connection.getResponseCode();
          try (InputStream in =
              status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            String body = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(status).as("%s: %s", path, body).isEqualTo(200);
            return body;
          }
        };
    return namespace.isPresent() ? namespace.get().call(exchange) : exchange.call();
  }

  /** Whether it warned of anything. */
  List<String> complaints() throws Exception {
    return Files.readAllLines(log).stream()
        .filter(line -> line.matches(".*level=(warn|error).*"))
        .toList();
  }

  @Override
  public void close() throws Exception {
    process.destroy();
    process.waitFor();
  }
}
