package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What GitHub runs: scripts that anybody can run here, with no more permissions than they need. */
class WorkflowsTest {
  private static final Path FOLDER = RunningAgent.ROOT.resolve(".github/workflows");
  private static final Set<String> BUILDERS = Set.of("./release", ".ci/run", "scripts/newer-java");

  private record Job(String name, Map<String, Object> keys) {
    List<Map<String, Object>> steps() {
      return keys.containsKey("steps") ? OciImage.maps(keys.get("steps")) : List.of();
    }

    List<String> commands() {
      return steps().stream()
          .filter(step -> step.containsKey("run"))
          .map(step -> step.get("run").toString())
          .toList();
    }

    List<String> uses() {
      return Stream.concat(steps().stream(), Stream.of(keys))
          .filter(each -> each.containsKey("uses"))
          .map(each -> each.get("uses").toString())
          .toList();
    }

    /** Whether it runs what others have written: compilers, plugins, tests. */
    boolean builds() {
      return commands().stream().anyMatch(command -> BUILDERS.contains(script(command)));
    }
  }

  private static List<Path> workflows() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.sorted().toList();
    }
  }

  private static List<Job> jobs() throws Exception {
    List<Job> jobs = new ArrayList<>();
    for (Path workflow : workflows()) {
      OciImage.map(OciImage.json(workflow).get("jobs"))
          .forEach(
              (name, job) -> jobs.add(new Job(workflow.getFileName() + ":" + name, keys(job))));
    }
    return jobs;
  }

  private static String script(String command) {
    return command.replaceFirst(" .*", "");
  }

  private static Map<String, Object> keys(Object job) {
    return OciImage.map(job);
  }

  @Test
  void thereIsOneForTestsOneForReleasesAndOneForJavasUpdates() throws Exception {
    assertThat(workflows())
        .extracting(workflow -> workflow.getFileName().toString())
        .containsExactly("rebuild.yml", "release.yml", "test.yml");
    assertThat(Files.readString(FOLDER.resolve("rebuild.yml"))).contains("schedule:\n    - cron:");
  }

  @Test
  void eachCommandIsOneCallOfAScriptOfTheTree() throws Exception {
    List<String> commands = jobs().stream().flatMap(job -> job.commands().stream()).toList();

    assertThat(commands).contains(".ci/run", "scripts/sign", "scripts/publish images");
    assertThat(commands)
        .allSatisfy(
            command -> {
              assertThat(command).doesNotContain("\n", ";", "&&", "|", "github.event");
              assertThat(RunningAgent.ROOT.resolve(script(command))).isExecutable();
            });
  }

  @Test
  void eachActionIsOneCommitAndEachImageOneDigest() throws Exception {
    for (Job job : jobs()) {
      assertThat(job.uses())
          .as(job.name())
          .allMatch(
              action ->
                  action.matches("actions/[\\w-]+@[0-9a-f]{40}")
                      || action.equals("./.github/workflows/release.yml"));
      if (job.keys().get("container") instanceof Map<?, ?> container) {
        assertThat(container.get("image").toString()).matches("debian:[\\w.-]+@sha256:\\w{64}");
      }
    }
    for (Path workflow : workflows()) {
      assertThat(Files.readAllLines(workflow))
          .filteredOn(line -> line.contains("uses: actions/"))
          .allMatch(line -> line.matches(".*@[0-9a-f]{40} # v[0-9.]+"));
    }
  }

  @Test
  void aWorkflowHasNoPermissionBesideReading() throws Exception {
    for (Path workflow : workflows()) {
      Map<String, Object> permissions = OciImage.map(OciImage.json(workflow).get("permissions"));
      assertThat(permissions)
          .satisfiesAnyOf(
              none -> assertThat(none).isEmpty(),
              read -> assertThat(read).isEqualTo(Map.of("contents", "read")));
    }
  }

  @Test
  void whatBuildsHasNeitherKeyNorTokenAndWhatHasThemBuildsNothing() throws Exception {
    for (Job job : jobs()) {
      if (job.builds()) {
        assertThat(job.keys().getOrDefault("permissions", Map.of("contents", "read")))
            .as(job.name())
            .isEqualTo(Map.of("contents", "read"));
        assertThat(job.keys().toString()).doesNotContain("secrets.", "github.token");
      } else if (job.keys().toString().contains("secrets.")) {
        assertThat(job.keys()).as(job.name()).containsEntry("environment", "release");
      }
    }
    assertThat(jobs()).filteredOn(Job::builds).hasSize(3);
  }

  @Test
  void noCheckoutLeavesAToken() throws Exception {
    List<Map<String, Object>> checkouts =
        jobs().stream()
            .flatMap(job -> job.steps().stream())
            .filter(step -> step.getOrDefault("uses", "").toString().contains("/checkout@"))
            .toList();

    assertThat(checkouts)
        .hasSize(4)
        .allMatch(
            step ->
                Boolean.FALSE.equals(OciImage.map(step.get("with")).get("persist-credentials")));
  }
}
