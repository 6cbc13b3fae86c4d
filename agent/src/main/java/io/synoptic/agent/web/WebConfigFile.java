package io.synoptic.agent.web;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code --web.config.file} as it is now, or as it was when it was last good. */
public final class WebConfigFile {
  private static final Logger log = LoggerFactory.getLogger(WebConfigFile.class);

  private final Path path;
  private volatile ReadFiles files;
  private volatile WebConfig config;
  private volatile boolean good = true;

  private WebConfigFile(Path path, ReadFiles files, WebConfig config) {
    this.path = path;
    this.files = files;
    this.config = config;
  }

  /** Reads it for the first time. */
  public static WebConfigFile open(Path path) throws InvalidInputException {
    ReadFiles files = new ReadFiles();
    WebConfig config;
    try {
      config = WebConfig.read(path, files);
    } catch (InvalidInputException e) {
      throw new InvalidInputException("--web.config.file=" + path + ": " + e.getMessage());
    }
    // Java 17 knows no other way, and reads it once.
    List<String> curves = curves(config);
    if (!curves.isEmpty()) {
      System.setProperty("jdk.tls.namedGroups", String.join(",", curves));
    }
    return new WebConfigFile(path, files, config);
  }

  /** Publishes whether what is in use is what the files say. */
  public void register(MeterRegistry registry) {
    Gauge.builder("synoptic.web.config.success", this, file -> file.good ? 1 : 0)
        .description("1 if the web configuration in use is what its files say now.")
        .strongReference(true)
        .register(registry);
  }

  /** The last good one. */
  WebConfig config() {
    return config;
  }

  /** Takes over what has changed; if that can't be used, says so once and keeps the last good. */
  void reread() {
    if (!files.changed()) {
      return;
    }
    ReadFiles reading = new ReadFiles();
    try {
      WebConfig now = WebConfig.read(path, reading);
      checkChange(now);
      config = now;
      good = true;
      log.info("{} or a file it names has changed, and is in use", path);
    } catch (InvalidInputException e) {
      good = false;
      log.error("{}: {}; the last good configuration stays in use", path, e.getMessage());
    }
    files = reading;
  }

  private void checkChange(WebConfig now) throws InvalidInputException {
    if (now.tls().isPresent() != config.tls().isPresent()) {
      throw new InvalidInputException(
          "tls_server_config can't come or go while the agent runs: restart it");
    }
    if (!curves(now).equals(curves(config))) {
      throw new InvalidInputException(
          "curve_preferences can't change while the agent runs: restart it");
    }
  }

  private static List<String> curves(WebConfig config) {
    return config.tls().map(TlsServer::curves).orElse(List.of());
  }
}
