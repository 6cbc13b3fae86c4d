package io.synoptic.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What README has for Spring Boot is this application, which the other tests start. */
class ReadmeTest {
  private static String section() throws IOException {
    String text = Files.readString(Path.of("../README.md"));
    String start = "\n## Spring Boot\n";
    return text.substring(text.indexOf(start), text.indexOf("\n## ", text.indexOf(start) + 1));
  }

  private static String block(String language) throws IOException {
    Matcher block = Pattern.compile("```" + language + "\n([^`]+)```\n").matcher(section());
    assertThat(block.find()).isTrue();
    return block.group(1);
  }

  /** As a program's pom.xml indents it, which needn't say a version of this repository's own. */
  @Test
  void theDependencyIsTheOneOfItsPom() throws IOException {
    String dependency = block("xml").replaceAll("(?m)^ *<version>.*\n", "").indent(4);

    assertThat(Files.readString(Path.of("pom.xml"))).contains(dependency);
    assertThat(Files.readString(Path.of("../pom.xml")))
        .contains(
            block("xml")
                .lines()
                .filter(line -> line.contains("<version>"))
                .findFirst()
                .orElseThrow()
                .strip());
  }

  @Test
  void thePropertiesAreItsOwn() throws IOException {
    String properties =
        Files.readString(Path.of("src/main/resources/application.properties")).strip();

    assertThat(section()).contains("`" + properties + "`");
    assertThat(section())
        .contains("spring-boot-starter-actuator", "micrometer-registry-prometheus");
  }

  @Test
  void theBeanIsItsOwn() throws IOException {
    assertThat(
            Files.readString(Path.of("src/main/java/io/synoptic/example/ExampleApplication.java")))
        .contains(block("java"));
  }
}
