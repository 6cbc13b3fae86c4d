package io.synoptic.agent;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The plain manifests, deploy/kubernetes. */
final class Manifest {
  private static final Path FOLDER = RunningAgent.ROOT.resolve("deploy/kubernetes");

  private Manifest() {}

  /** The one object of a kind that a mode has. */
  static Map<String, Object> of(String mode, String kind) throws Exception {
    String text = Files.readString(FOLDER.resolve(mode).resolve("synoptic.yaml"));
    Iterable<Object> documents = new Load(LoadSettings.builder().build()).loadAllFromString(text);
    return StreamSupport.stream(documents.spliterator(), false)
        .map(OciImage::map)
        .filter(document -> document.get("kind").equals(kind))
        .findFirst()
        .orElseThrow();
  }
}
