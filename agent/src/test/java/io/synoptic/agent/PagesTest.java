package io.synoptic.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The pages of this repository lead where they say. */
class PagesTest {
  private static final String SOURCES = "agent/src/test/java/io/synoptic/agent";

  /** Commands that no test runs as they are, by their beginning, and why. */
  private static final Map<String, String> NOT_RUN =
      Map.ofEntries(
          Map.entry("scripts/fuzz", "takes minutes: ./test --long runs it"),
          Map.entry("scripts/bench", "takes minutes, and measures a machine that must be idle"),
          Map.entry("scripts/package", "./test runs it, and SystemdPageIT installs the package"),
          Map.entry("scripts/image", "./test runs it, and ImageIT the image"),
          Map.entry("git clone URL", "the repository's address is the reader's"),
          Map.entry("git pull", "changes the sources that are tested"),
          Map.entry("scp ", "takes another host"),
          Map.entry("nft add rule", "takes a host with such a chain"),
          Map.entry("helm install", "takes a cluster: ChartTest has Helm render it"),
          Map.entry("helm test", "takes a cluster: ValuesTest has Helm render what it starts"),
          Map.entry("helm uninstall", "takes a cluster"),
          Map.entry("kubectl --namespace", "takes a cluster"),
          Map.entry("kubectl create", "takes a cluster"),
          Map.entry("kubectl label", "takes a cluster"),
          Map.entry("kubectl apply", "takes a cluster: ChartTest has kubectl render the folder"),
          Map.entry("SYNOPTIC_LONG=1 make", "takes minutes: ./test --long runs it"),
          Map.entry("make -C native fuzz", "takes minutes: ./test --long runs it"),
          Map.entry("make -C native coverage", "takes minutes: ./test --long runs it"),
          Map.entry("make -C native install", "./test runs it, with DESTDIR"));

  private static final Pattern SECTION = Pattern.compile("\"([\\w./-]+\\.md#[\\w-]+)\"");

  /** Whether a test leaves this command of a page out. */
  static boolean isNotRun(String command) {
    return NOT_RUN.keySet().stream().anyMatch(command::startsWith);
  }

  @Test
  void everyCommandIsRunByATestOrCanNotBe() throws IOException {
    Set<String> run = sectionsThatTestsRun();
    Set<String> reasons = new TreeSet<>(NOT_RUN.keySet());
    List<String> neither = new ArrayList<>();
    Set<String> withCommands = new TreeSet<>();
    for (MarkdownPage page : MarkdownPage.all()) {
      for (MarkdownPage.Block block : page.blocks()) {
        for (String command : MarkdownPage.commands(block)) {
          withCommands.add(block.section());
          reasons.removeIf(command::startsWith);
          if (!isNotRun(command) && !run.contains(block.section())) {
            neither.add(block.section() + ": " + command);
          }
        }
      }
    }

    assertThat(neither).isEmpty();
    assertThat(reasons).as("reasons for commands that no page has").isEmpty();
    assertThat(withCommands).as("sections that tests run").containsAll(run);
  }

  /** Those that a test names, and the symptoms, all of which SymptomsIT makes. */
  private static Set<String> sectionsThatTestsRun() throws IOException {
    Set<String> sections = new TreeSet<>();
    try (Stream<Path> tests = Files.list(RunningAgent.ROOT.resolve(SOURCES))) {
      for (Path test : tests.filter(file -> file.toString().endsWith("IT.java")).toList()) {
        Matcher section = SECTION.matcher(Files.readString(test));
        while (section.find()) {
          sections.add(section.group(1));
        }
      }
    }
    for (String symptom : Symptom.readAll().keySet()) {
      sections.add("docs/lab.md#" + MarkdownPage.slug(symptom));
    }
    return sections;
  }

  /** Of the library's page; README's is the example's own code. */
  static Stream<String> samples() throws IOException {
    return MarkdownPage.read("docs/library.md").blocks().stream()
        .filter(block -> block.language().equals("java"))
        .map(MarkdownPage.Block::text);
  }

  @ParameterizedTest
  @MethodSource("samples")
  void aSampleOfJavaCompiles(String sample, @TempDir Path folder) throws IOException {
    String imports = lines(sample, line -> line.startsWith("import "));
    String body = lines(sample, line -> !line.startsWith("import "));
    Path source =
        Files.writeString(
            folder.resolve("Sample.java"),
            "import io.synoptic.*;\n"
                + imports
                + "class Sample { void use(io.micrometer.core.instrument.MeterRegistry registry)"
                + " throws Exception {\n"
                + body
                + "}}\n");
    ByteArrayOutputStream errors = new ByteArrayOutputStream();

    int status =
        ToolProvider.getSystemJavaCompiler()
            .run(null, errors, errors, "-proc:none", "-d", folder.toString(), source.toString());

    assertThat(status).as(errors.toString(UTF_8)).isZero();
  }

  private static String lines(String text, Predicate<String> wanted) {
    return text.lines().filter(wanted).map(line -> line + "\n").collect(Collectors.joining());
  }

  /** The rest is on a page of its subject. */
  @Test
  void readmeIsShort() throws IOException {
    assertThat(MarkdownPage.read("README.md").text().lines()).hasSizeLessThanOrEqualTo(160);
  }

  /** An alert's runbook is a heading of that page. */
  @Test
  void everyAlertIsInTroubleshooting() throws IOException {
    String page = MarkdownPage.read("docs/troubleshooting.md").text();
    List<String> alerts =
        Files.readAllLines(RunningAgent.ROOT.resolve("deploy/prometheus/synoptic.rules.yml"))
            .stream()
            .filter(line -> line.strip().startsWith("- alert: "))
            .map(line -> line.substring(line.indexOf('"') + 1, line.lastIndexOf('"')))
            .toList();

    assertThat(alerts).hasSizeGreaterThan(10);
    assertThat(alerts)
        .filteredOn(
            alert ->
                page.lines().noneMatch(line -> line.matches("Alerts?: .*\\b" + alert + "\\b.*")))
        .isEmpty();
  }

  @Test
  void everyRelativeLinkAndAnchorResolves() throws IOException {
    List<String> broken = new ArrayList<>();
    for (MarkdownPage page : MarkdownPage.all()) {
      for (String link : page.links()) {
        if (!link.matches("[a-z]+:.*") && !resolves(page, link)) {
          broken.add(page.name() + ": " + link);
        }
      }
    }

    assertThat(broken).isEmpty();
  }

  private static boolean resolves(MarkdownPage page, String link) throws IOException {
    String[] parts = link.split("#", 2);
    Path folder = RunningAgent.ROOT.resolve(page.name()).getParent();
    Path target =
        parts[0].isEmpty()
            ? RunningAgent.ROOT.resolve(page.name())
            : folder.resolve(parts[0]).normalize();
    if (!target.startsWith(RunningAgent.ROOT) || !Files.exists(target)) {
      return false;
    }
    return parts.length == 1
        || MarkdownPage.read(RunningAgent.ROOT.relativize(target).toString())
            .anchors()
            .contains(parts[1]);
  }
}
