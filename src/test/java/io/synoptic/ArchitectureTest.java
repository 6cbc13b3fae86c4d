package io.synoptic;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Dependencies between packages go one way. */
class ArchitectureTest {
  private static final String API = "io.synoptic";
  private static final String INTERNAL = "io.synoptic.internal";
  private static final String FFI = INTERNAL + ".ffi";
  private static final String HANDSHAKES = INTERNAL + ".handshakes";
  private static final String LIMITS = INTERNAL + ".limits";
  private static final String LISTENERS = INTERNAL + ".listeners";
  private static final String NETNS = INTERNAL + ".netns";
  private static final String OWNERS = INTERNAL + ".owners";
  private static final String PROCFS = INTERNAL + ".procfs";
  private static final String CATALOGUE = "io.synoptic.catalogue";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(API)
          .that(not(resideInAPackage("io.synoptic.testing")));

  /** What scans; everything else in the package is a value. */
  private static final DescribedPredicate<JavaClass> ENTRY_POINTS =
      belongToAnyOf(SocketScanner.class, SharedScanner.class);

  /** Each package, and the packages of Synoptic that it may use besides itself. */
  static Stream<Arguments> packages() {
    return Stream.of(
        Arguments.of("io.synoptic.micrometer", List.of(API, CATALOGUE)),
        Arguments.of("io.synoptic.findings", List.of(API)),
        Arguments.of(CATALOGUE, List.of(API)),
        Arguments.of(
            INTERNAL, List.of(API, HANDSHAKES, LISTENERS, NETNS, OWNERS, FFI, LIMITS, PROCFS)),
        Arguments.of(HANDSHAKES, List.of(API, LISTENERS, NETNS, OWNERS, FFI)),
        Arguments.of(LISTENERS, List.of(API, NETNS, FFI, LIMITS, PROCFS)),
        Arguments.of(NETNS, List.of(API, OWNERS, FFI, LIMITS, PROCFS)),
        Arguments.of(OWNERS, List.of(API, LIMITS, PROCFS)),
        Arguments.of(FFI, List.of(API, PROCFS)),
        Arguments.of(PROCFS, List.of(API)),
        Arguments.of(LIMITS, List.of()));
  }

  private static DescribedPredicate<JavaClass> foreign() {
    return resideOutsideOfPackage("io.synoptic..");
  }

  @ParameterizedTest
  @MethodSource("packages")
  void aPackageUsesWhatComesBeforeIt(String name, List<String> used) {
    String[] allowed = Stream.concat(Stream.of(name), used.stream()).toArray(String[]::new);

    classes()
        .that()
        .resideInAPackage(name)
        .should()
        .onlyDependOnClassesThat(foreign().or(resideInAnyPackage(allowed)))
        .check(CLASSES);
  }

  @ParameterizedTest
  @MethodSource("packages")
  void onlyTheMetersAndProgramsUseTheEntryPoints(String name, List<String> used) {
    if (!name.equals("io.synoptic.micrometer")) {
      classes()
          .that()
          .resideInAPackage(name)
          .should()
          .onlyDependOnClassesThat(not(ENTRY_POINTS))
          .check(CLASSES);
    }
  }

  @Test
  void valuesDependOnValuesAlone() {
    classes()
        .that()
        .resideInAPackage(API)
        .and(not(ENTRY_POINTS))
        .should()
        .onlyDependOnClassesThat(foreign().or(resideInAPackage(API).and(not(ENTRY_POINTS))))
        .check(CLASSES);
  }

  @Test
  void everyPackageIsListed() {
    assertThat(CLASSES.stream().map(JavaClass::getPackageName).collect(Collectors.toSet()))
        .containsExactlyInAnyOrderElementsOf(
            Stream.concat(Stream.of(API), packages().map(one -> (String) one.get()[0])).toList());
  }
}
