package io.synoptic.agent;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Dependencies between the agent's packages go one way. */
class ArchitectureTest {
  private static final String AGENT = "io.synoptic.agent";
  private static final String COMMAND = AGENT + ".command";
  private static final String NOW = AGENT + ".now";
  private static final String OTLP = AGENT + ".otlp";
  private static final String PAGE = AGENT + ".page";
  private static final String TEXT = AGENT + ".text";
  private static final String WEB = AGENT + ".web";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(AGENT);

  /** Each package, and those of the agent that it may use besides itself. */
  static Stream<Arguments> packages() {
    return Stream.of(
        Arguments.of(AGENT, List.of(COMMAND, NOW, OTLP, PAGE, WEB)),
        Arguments.of(COMMAND, List.of(NOW, TEXT)),
        Arguments.of(PAGE, List.of(NOW, TEXT, WEB)),
        Arguments.of(TEXT, List.of(NOW)),
        Arguments.of(OTLP, List.of(WEB)),
        Arguments.of(NOW, List.of(WEB)),
        Arguments.of(WEB, List.of()));
  }

  @ParameterizedTest
  @MethodSource("packages")
  void aPackageUsesWhatComesBeforeIt(String name, List<String> used) {
    String[] allowed = Stream.concat(Stream.of(name), used.stream()).toArray(String[]::new);

    classes()
        .that()
        .resideInAPackage(name)
        .should()
        .onlyDependOnClassesThat(
            not(resideInAPackage(AGENT + "..")).or(resideInAnyPackage(allowed)))
        .check(CLASSES);
  }

  @Test
  void everyPackageIsInTheList() {
    List<String> listed =
        packages().map(one -> Objects.toString(Arrays.asList(one.get()).get(0))).toList();

    assertThat(CLASSES.stream().map(JavaClass::getPackageName).collect(Collectors.toSet()))
        .containsExactlyInAnyOrderElementsOf(listed);
  }
}
