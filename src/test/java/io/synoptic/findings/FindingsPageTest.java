package io.synoptic.findings;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/findings.md is about every finding, and about no other. */
class FindingsPageTest {
  private static final Path DOCS = Path.of("../docs");
  private static final Pattern ROW =
      Pattern.compile(
          "(?m)^\\| `(?<label>\\w+)` \\| (?<severity>[^|]+) \\| [^|]+ \\| [^|]+ \\|"
              + " \\[[^]]+\\]\\(troubleshooting\\.md#(?<symptom>[\\w-]+)\\) \\|$");

  @Test
  void theTableHasEachFindingAndItsSymptom() throws IOException {
    List<String> rows =
        ROW.matcher(Files.readString(DOCS.resolve("findings.md")))
            .results()
            .map(row -> group(row, 1) + " " + group(row, 3))
            .toList();

    assertThat(rows)
        .containsExactlyElementsOf(
            Arrays.stream(FindingKind.values())
                .map(kind -> kind.label() + " " + kind.symptom())
                .toList());
  }

  private static String group(MatchResult row, int number) {
    return row.group(number);
  }

  @Test
  void eachSymptomIsAHeadingOfTroubleshooting() throws IOException {
    List<String> anchors =
        Files.readAllLines(DOCS.resolve("troubleshooting.md")).stream()
            .filter(line -> line.startsWith("## "))
            .map(line -> line.substring(3).toLowerCase(Locale.ROOT).replace(' ', '-'))
            .toList();

    assertThat(Arrays.stream(FindingKind.values()).map(FindingKind::symptom)).isSubsetOf(anchors);
  }
}
