package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A release: which files there are, and that each is what it says. */
@Tag("waits")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReleaseIT {
  private ReleaseFolder release;

  @BeforeAll
  void find() {
    release = ReleaseFolder.built();
  }

  @Test
  void eachArtefactIsThereForBothArchitecturesAndInTheSums() throws Exception {
    Map<String, String> sums = release.sums();

    for (String end :
        List.of(
            "_amd64.deb",
            "_arm64.deb",
            ".x86_64.rpm",
            ".aarch64.rpm",
            "-linux-amd64.tar.gz",
            "-linux-arm64.tar.gz",
            "_amd64.cdx.json",
            "_arm64.cdx.json",
            ".tgz")) {
      assertThat(sums.keySet()).filteredOn(name -> name.endsWith(end)).as(end).hasSize(1);
    }
    assertThat(sums.keySet())
        .anyMatch(name -> name.matches("synoptic-image-[0-9.]+\\.tar"))
        .anyMatch(name -> name.matches("synoptic-chart-[0-9.]+\\.tar"));
    for (Map.Entry<String, String> each : sums.entrySet()) {
      Path file = release.folder().resolve(each.getKey());
      assertThat(ReleaseFolder.sum(file, "SHA-256")).as(each.getKey()).isEqualTo(each.getValue());
    }
    Set<String> others = new TreeSet<>(ReleaseFolder.files(release.folder()));
    others.removeAll(sums.keySet());
    assertThat(others)
        .allMatch(
            name ->
                name.matches(
                    "SHA256SUMS(\\.asc)?|.*\\.provenance\\.json(\\.asc)?|synoptic-signing-key\\.asc|.*-central\\.zip"));
  }

  /** The page's own commands, and the same for the provenance. */
  @Test
  void sumsAndProvenanceAreSigned(@TempDir Path keys) throws Exception {
    String commands =
        MarkdownPage.read("SECURITY.md").blocks().stream()
            .filter(block -> block.section().equals("SECURITY.md#verify-a-release"))
            .flatMap(block -> MarkdownPage.commands(block).stream())
            .collect(Collectors.joining("\n"));
    String name = provenance().getFileName().toString();

    String said =
        ReleaseFolder.must(
            "sh",
            "-ec",
            "export GNUPGHOME=$1; trap 'gpgconf --kill all' EXIT; cd \"$2\"\n"
                + commands
                + ("\ngpg --verify " + name + ".asc " + name),
            "-",
            keys,
            release.folder());

    assertThat(said.split("Good signature", -1)).hasSize(3);
    assertThat(said).contains(".deb: OK", ".rpm: OK").doesNotContain("FAILED");
  }

  private Path provenance() throws Exception {
    try (Stream<Path> files = Files.list(release.folder())) {
      return files
          .filter(file -> file.toString().endsWith(".provenance.json"))
          .findFirst()
          .orElseThrow();
    }
  }

  @Test
  void theProvenanceNamesEachFileTheCommitAndTheBuilder() throws Exception {
    Map<String, Object> statement = OciImage.json(provenance());
    Map<String, Object> predicate = OciImage.map(statement.get("predicate"));
    Map<String, Object> definition = OciImage.map(predicate.get("buildDefinition"));
    Map<String, Object> details = OciImage.map(predicate.get("runDetails"));

    assertThat(statement)
        .containsEntry("_type", "https://in-toto.io/Statement/v1")
        .containsEntry("predicateType", "https://slsa.dev/provenance/v1");
    Map<String, String> subjects = new TreeMap<>();
    for (Map<String, Object> subject : OciImage.maps(statement.get("subject"))) {
      subjects.put(
          subject.get("name").toString(),
          OciImage.map(subject.get("digest")).get("sha256").toString());
    }
    assertThat(subjects).isEqualTo(release.sums());
    assertThat(
            OciImage.maps(definition.get("resolvedDependencies")).get(0).get("digest").toString())
        .matches("\\{gitCommit=[0-9a-f]{40}}");
    assertThat(OciImage.map(details.get("builder")).get("id").toString()).startsWith("https://");
  }

  @Test
  void theRpmsHaveTheDebsFilesAndScriptsAndNeedLibrariesAlone() throws Exception {
    for (List<String> each : List.of(List.of("amd64", "x86_64"), List.of("arm64", "aarch64"))) {
      Path rpm = release.file("." + each.get(1) + ".rpm");

      assertThat(ReleaseFolder.must("rpm", "-K", rpm)).endsWith("digests OK");
      assertThat(ReleaseFolder.must("rpm", "-qp", "--qf", "%{ARCH} %{PAYLOADCOMPRESSOR}", rpm))
          .isEqualTo(each.get(1) + " xz");
      Set<String> files = new HashSet<>(ReleaseFolder.must("rpm", "-qpl", rpm).lines().toList());
      String deb =
          ReleaseFolder.must("dpkg-deb", "--contents", release.file("_" + each.get(0) + ".deb"));
      assertThat(files)
          .containsAll(
              deb.lines()
                  .map(line -> line.replaceFirst(" -> .*", "").replaceFirst(".* \\./", "/"))
                  .filter(name -> name.matches("/(usr/lib/synoptic|usr/bin|etc/default)/.*[^/]"))
                  .toList())
          .contains("/usr/lib/systemd/system/synoptic.service", "/usr/lib/synoptic/synoptic.jsa")
          .noneMatch(name -> name.startsWith("/lib/") || name.contains("lintian"));
      assertThat(ReleaseFolder.must("rpm", "-qp", "--configfiles", rpm))
          .isEqualTo("/etc/default/synoptic");
      assertThat(ReleaseFolder.must("rpm", "-qp", "--scripts", rpm))
          .contains(
              "postinstall scriptlet (using /bin/sh):\n/usr/lib/synoptic/archive-classes",
              "systemctl preset synoptic.service",
              "preuninstall scriptlet (using /bin/sh):");
      assertThat(ReleaseFolder.must("rpm", "-qp", "--requires", rpm).lines())
          .allMatch(
              need ->
                  need.matches(
                      "/bin/sh|config\\(synoptic\\) .*|rpmlib\\(.*|rtld\\(GNU_HASH\\)"
                          + "|(ld-linux-(x86-64|aarch64)|libc|libdl|libgcc_s|libm|libpthread|librt|libstdc\\+\\+"
                          + "|libutil|libz)\\.so\\..*"));
      assertThat(ReleaseFolder.must("rpm", "-qp", "--provides", rpm).lines())
          .allMatch(name -> name.matches("(config\\()?synoptic.*"));
    }
  }

  @Test
  void theTarballRunsOnARootWithoutJavaOrCompiler(@TempDir Path folder) throws Exception {
    Path root = Files.createDirectory(folder.resolve("root"));
    String architecture = System.getProperty("os.arch").replace("aarch64", "arm64");
    ReleaseFolder.must(
        "tar", "-xf", release.file("-linux-" + architecture + ".tar.gz"), "-C", root);
    String name;
    try (Stream<Path> files = Files.list(root)) {
      name = files.findFirst().orElseThrow().getFileName().toString();
    }

    String said = ReleaseFolder.must("sh", "-ec", BARE, "-", root, name);

    assertThat(said).contains("synoptic, version ", "java: ", "by scans of its own");
    assertThat(root.resolve(name).resolve("systemd/synoptic.service"))
        .content()
        .contains("ExecStart=/usr/local/bin/synoptic $SYNOPTIC_OPTIONS");
    assertThat(root.resolve(name))
        .isDirectoryContaining("glob:**/INSTALL")
        .isDirectoryContaining("glob:**/LICENSE")
        .isDirectoryContaining("glob:**/copyright");
  }

  /** The C library, zlib and a shell; all that the packages depend on. */
  private static final String BARE =
      """
      root=$1 name=$2
      mkdir -p "$root/bin" "$root/lib" "$root/lib64" "$root/proc" "$root/sys"
      cp /bin/busybox "$root/bin"
      for tool in sh readlink dirname stty; do ln -s busybox "$root/bin/$tool"; done
      ldd "$root/$name/jre/lib/server/libjvm.so" "$root/$name/jre/lib/libzip.so" \
        "$root/$name/synoptic-launcher" |
        sed -n 's|.*=> \\(/lib[^ ]*\\) .*|\\1|p; s|^\\s*\\(/lib64/[^ ]*\\) .*|\\1|p' | sort -u |
        while read -r library; do
          case $library in
          /lib64/* | /lib/ld-*) cp -L "$library" "$root${library%/*}" ;;
          *) cp -L "$library" "$root/lib" ;;
          esac
        done
      exec unshare --mount --net --pid --fork --kill-child sh -ec '
        ip link set lo up
        mount -t proc proc "$1/proc"
        export LD_LIBRARY_PATH=/lib PATH=/bin
        unset JAVA_HOME
        /usr/sbin/chroot "$1" "/$2/synoptic" --version
        /usr/sbin/chroot "$1" "/$2/archive-classes"
        exec /usr/sbin/chroot "$1" "/$2/synoptic" snapshot --agent=none' - "$root" "$name"
      """;

  @Test
  void theImageIsAnIndexOfBothArchitectures(@TempDir Path folder) throws Exception {
    Path layout = unpacked("image", folder);
    Map<String, Object> index = only(layout);

    assertThat(index).containsEntry("mediaType", "application/vnd.oci.image.index.v1+json");
    List<Map<String, Object>> images =
        OciImage.maps(OciImage.json(blob(layout, index)).get("manifests"));
    assertThat(images)
        .extracting(image -> image.get("platform").toString())
        .containsExactly("{architecture=amd64, os=linux}", "{architecture=arm64, os=linux}");
    Set<Path> blobs = new HashSet<>(Set.of(blob(layout, index)));
    for (Map<String, Object> image : images) {
      Map<String, Object> manifest = OciImage.json(blob(layout, image));
      Path layer = blob(layout, OciImage.maps(manifest.get("layers")).get(0));
      assertThat(ReleaseFolder.must("tar", "-tf", layer))
          .contains("usr/lib/synoptic/synoptic.jsa\n", "usr/lib/synoptic/jre/bin/java\n");
      blobs.addAll(List.of(blob(layout, image), layer, blob(layout, config(manifest))));
    }
    assertThat(blobs).hasSize(7).allMatch(Files::exists);
    assertBlobsAreOfTheirDigests(layout, blobs.size());
  }

  @Test
  void theChartIsAnArtifactAsHelmPushesIt(@TempDir Path folder) throws Exception {
    Path layout = unpacked("chart", folder);
    Map<String, Object> manifest = OciImage.json(blob(layout, only(layout)));
    Map<String, Object> layer = OciImage.maps(manifest.get("layers")).get(0);

    assertThat(config(manifest))
        .containsEntry("mediaType", "application/vnd.cncf.helm.config.v1+json");
    assertThat(layer)
        .containsEntry("mediaType", "application/vnd.cncf.helm.chart.content.v1.tar+gzip");
    assertThat(OciImage.json(blob(layout, config(manifest))))
        .containsEntry("apiVersion", "v2")
        .containsEntry("name", "synoptic");
    assertThat(blob(layout, layer)).hasSameBinaryContentAs(release.file(".tgz"));
    assertBlobsAreOfTheirDigests(layout, 3);
    assertThat(ReleaseFolder.must("tar", "-tvf", release.file(".tgz")).lines())
        .noneMatch(line -> line.startsWith("l"))
        .anyMatch(line -> line.endsWith(" synoptic/files/dashboards/fleet.json"))
        .anyMatch(line -> line.endsWith(" synoptic/files/synoptic.rules.yml"))
        .anyMatch(line -> line.endsWith(" synoptic/README.md"));
  }

  private Path unpacked(String what, Path folder) throws Exception {
    Path archive;
    try (Stream<Path> files = Files.list(release.folder())) {
      archive =
          files
              .filter(file -> file.getFileName().toString().startsWith("synoptic-" + what + "-"))
              .findFirst()
              .orElseThrow();
    }
    ReleaseFolder.must("tar", "-xf", archive, "-C", folder);
    return folder;
  }

  private static Map<String, Object> only(Path layout) throws Exception {
    List<Map<String, Object>> manifests =
        OciImage.maps(OciImage.json(layout.resolve("index.json")).get("manifests"));
    assertThat(manifests).hasSize(1);
    return manifests.get(0);
  }

  private static Map<String, Object> config(Map<String, Object> manifest) {
    return OciImage.map(manifest.get("config"));
  }

  private static Path blob(Path layout, Map<String, Object> descriptor) {
    return layout.resolve("blobs").resolve(descriptor.get("digest").toString().replace(':', '/'));
  }

  private static void assertBlobsAreOfTheirDigests(Path layout, int count) throws Exception {
    try (Stream<Path> blobs = Files.list(layout.resolve("blobs/sha256"))) {
      List<Path> all = blobs.toList();
      assertThat(all).hasSize(count);
      for (Path blob : all) {
        assertThat(ReleaseFolder.sum(blob, "SHA-256")).isEqualTo(blob.getFileName().toString());
      }
    }
  }

  @Test
  void theBundleForMavenCentralHasAllThatItAsksFor(@TempDir Path folder) throws Exception {
    Path bundle;
    try (Stream<Path> files = Files.list(release.folder())) {
      bundle =
          files.filter(file -> file.toString().endsWith("-central.zip")).findFirst().orElseThrow();
    }
    Set<String> names;
    try (ZipFile zip = new ZipFile(bundle.toFile())) {
      names =
          zip.stream()
              .filter(entry -> !entry.isDirectory())
              .map(entry -> entry.getName())
              .collect(Collectors.toSet());
    }
    List<String> files = ReleaseFolder.files(release.folder().resolve("maven"));

    assertThat(files)
        .extracting(name -> name.replaceFirst(".*/", "").replaceFirst("[0-9][0-9.]*[0-9]", "V"))
        .containsExactlyInAnyOrder(
            "synoptic-parent-V.pom",
            "synoptic-V.pom",
            "synoptic-V.jar",
            "synoptic-V-sources.jar",
            "synoptic-V-javadoc.jar",
            "synoptic-V-cyclonedx.json");
    for (String name : files) {
      assertThat(names).contains(name, name + ".asc", name + ".md5", name + ".sha1");
    }
    assertThat(release.folder().resolve("maven").resolve(files.get(0)))
        .content()
        .contains("<name>", "<description>", "<url>", "<licenses>", "<developers>", "<scm>");
    assertThat(entries("[0-9].jar"))
        .contains(
            "META-INF/native/linux-x86_64/libsynoptic.so",
            "META-INF/native/linux-aarch64/libsynoptic.so");
    assertThat(entries("-sources.jar"))
        .contains("io/synoptic/SocketScanner.java")
        .noneMatch(name -> name.endsWith(".so"));
    assertThat(entries("-javadoc.jar")).contains("index.html", "io/synoptic/SocketScanner.html");
  }

  private Set<String> entries(String end) throws Exception {
    Path maven = release.folder().resolve("maven");
    String name =
        ReleaseFolder.files(maven).stream()
            .filter(each -> each.matches(".*" + end))
            .findFirst()
            .orElseThrow();
    try (ZipFile jar = new ZipFile(maven.resolve(name).toFile())) {
      return jar.stream().map(entry -> entry.getName()).collect(Collectors.toSet());
    }
  }
}
