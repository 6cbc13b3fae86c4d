package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SpecVersion;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The package and the image list what is in them, in CycloneDX's format. */
@Tag("waits")
class SbomIT {
  private static final Path SBOM = Path.of("usr/share/doc/synoptic/synoptic.cdx.json");

  /** Those that packages depend on, of which the image has the files. */
  private static final Set<String> IN_THE_IMAGE_ALONE = Set.of("libc6", "zlib1g");

  private static void assertValid(Path sbom) throws Exception {
    JsonSchema schema =
        JsonSchemaFactory.getInstance(
                SpecVersion.VersionFlag.V7,
                builder ->
                    builder.schemaMappers(
                        mappers ->
                            mappers.mapPrefix("http://cyclonedx.org/schema/", "classpath:/")))
            .getSchema(SchemaLocation.of("http://cyclonedx.org/schema/bom-1.6.schema.json"));

    assertThat(schema.validate(Files.readString(sbom), InputFormat.JSON)).isEmpty();
  }

  private static Map<String, String> versions(Path sbom) throws Exception {
    return OciImage.maps(OciImage.json(sbom).get("components")).stream()
        .collect(
            Collectors.toMap(
                component -> Objects.toString(component.get("name")),
                component -> Objects.toString(component.get("version")),
                (one, other) -> one));
  }

  private static void assertLists(Path root, Map<String, String> versions) throws Exception {
    List<String> jars;
    try (Stream<Path> files = Files.list(root.resolve("usr/lib/synoptic/lib"))) {
      jars = files.map(jar -> jar.getFileName().toString()).toList();
    }
    assertThat(jars)
        .hasSizeGreaterThan(20)
        .allMatch(
            jar ->
                versions.entrySet().stream()
                    .anyMatch(it -> jar.startsWith(it.getKey() + "-" + it.getValue())));
    assertThat(root.resolve("usr/lib/synoptic/jre/release"))
        .content()
        .contains("JAVA_VERSION=\"" + versions.get("openjdk") + "\"");
    assertThat(versions).containsKeys("libbpf-dev", "libelf-dev");
  }

  @Test
  void thePackageListsItsJarsItsJavaAndWhatIsLinkedStatically(@TempDir Path root) throws Exception {
    Process unpack =
        new ProcessBuilder(
                "dpkg-deb", "-x", BootedMachine.debianPackage().toString(), root.toString())
            .inheritIO()
            .start();
    assertThat(unpack.waitFor()).isZero();

    assertValid(root.resolve(SBOM));
    assertLists(root, versions(root.resolve(SBOM)));
    assertThat(versions(root.resolve(SBOM))).doesNotContainKeys("libc6");
  }

  @Test
  void theImageListsTheDistributionsLibrariesAsWell(@TempDir Path folder) throws Exception {
    OciImage image = OciImage.built(folder);

    assertValid(image.root().resolve(SBOM));
    Map<String, String> versions = versions(image.root().resolve(SBOM));
    assertLists(image.root(), versions);
    assertThat(versions).containsKeys(IN_THE_IMAGE_ALONE.toArray(String[]::new));
  }

  @Test
  void theLibrarysJarHasOneBesideIt() throws Exception {
    Path sbom = RunningAgent.ROOT.resolve("src/target/sbom.json");
    assumeTrue(Files.exists(sbom), "no package: ./test builds it with scripts/package");

    assertValid(sbom);
    assertThat(versions(sbom)).containsKeys("jnr-ffi", "micrometer-core", "slf4j-api");
  }
}
