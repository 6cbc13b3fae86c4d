package io.synoptic.findings;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.catalogue.MetricCatalogue;
import io.synoptic.catalogue.MetricFamily;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What every finding has, and what a diagnosis found. */
final class FoundThings {
  private static final Set<String> METRICS =
      MetricCatalogue.families().stream()
          .map(MetricFamily::prometheusName)
          .collect(Collectors.toSet());

  private FoundThings() {}

  /** The kinds of what was found, each of which is complete. */
  static List<FindingKind> kinds(Diagnosis diagnosis) {
    diagnosis.findings().forEach(FoundThings::assertComplete);
    return diagnosis.findings().stream().map(Finding::kind).distinct().toList();
  }

  static Finding the(Diagnosis diagnosis, FindingKind kind) {
    diagnosis.findings().forEach(FoundThings::assertComplete);
    List<Finding> of =
        diagnosis.findings().stream().filter(finding -> finding.kind() == kind).toList();
    assertThat(of).as("%s", diagnosis.findings()).hasSize(1);
    return of.get(0);
  }

  static double figure(Finding finding, String name) {
    return finding.evidence().stream()
        .filter(figure -> figure.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError(name + " is not in " + finding.evidence()))
        .value();
  }

  /** Its words, and figures whose metrics there are. */
  private static void assertComplete(Finding finding) {
    assertThat(finding.summary()).as("%s", finding).isNotBlank().endsWith(".").hasSizeLessThan(140);
    assertThat(finding.meaning()).as("%s", finding).isNotBlank().endsWith(".");
    assertThat(finding.avoid()).as("%s", finding).isNotBlank().endsWith(".");
    assertThat(finding.evidence()).as("%s", finding).isNotEmpty();
    assertThat(finding.evidence().stream().map(Figure::metric).filter(name -> !name.isEmpty()))
        .as("%s", finding)
        .isNotEmpty()
        .isSubsetOf(METRICS);
    assertThat(finding.evidence()).allSatisfy(figure -> assertThat(figure.value()).isNotNegative());
    assertThat(finding.actions()).as("%s", finding).isNotEmpty();
    assertThat(finding.actions())
        .allSatisfy(
            action -> {
              assertThat(action.text()).endsWith(".");
              assertThat(action.command()).doesNotContain("\n");
            });
  }
}
