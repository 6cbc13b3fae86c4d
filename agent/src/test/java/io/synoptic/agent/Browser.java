package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A real browser in a network namespace, driven by {@code src/test/page/drive.mjs}. */
final class Browser implements AutoCloseable {
  private static final Path MODULES = RunningAgent.ROOT.resolve("target/page");
  private static final Path DRIVER = RunningAgent.ROOT.resolve("agent/src/test/page/drive.mjs");
  private static final Gson GSON = new Gson();

  private final Process process;
  private final BufferedReader answers;
  private final Writer scenarios;

  private Browser(Process process) {
    this.process = process;
    answers = process.inputReader();
    scenarios = process.outputWriter();
  }

  /** Starts it, or skips the test where ./test could not install it. */
  static Browser startIn(NetworkNamespace namespace) throws IOException {
    Path chromium = Path.of("/usr/bin/chromium");
    assumeTrue(Files.isExecutable(chromium), "there is no chromium here");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/node")), "there is no nodejs here");
    assumeTrue(
        Files.isDirectory(MODULES.resolve("node_modules/puppeteer-core")),
        "npm could not install puppeteer-core");
    ProcessBuilder builder =
        new ProcessBuilder(namespace.command("node", DRIVER.toString()))
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put("PAGE_MODULES", MODULES.toString());
    builder.environment().put("CHROMIUM", chromium.toString());
    return new Browser(builder.start());
  }

  /** Runs a scenario, which may complain of nothing, and returns what it saw. */
  JsonObject run(String scenario, Object url, Object... namesAndValues) throws IOException {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("scenario", scenario);
    line.put("url", url.toString());
    for (int i = 0; i < namesAndValues.length; i += 2) {
      line.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    scenarios.write(GSON.toJson(line) + "\n");
    scenarios.flush();
    String answer = answers.readLine();
    assertThat(answer).as("the browser's driver has ended").isNotNull();
    JsonObject seen = GSON.fromJson(answer, JsonObject.class);
    assertThat(seen.get("failure")).isNull();
    return seen;
  }

  /** The texts in one of the lists of an answer. */
  static List<String> texts(JsonObject seen, String name) {
    return seen.getAsJsonArray(name).asList().stream().map(JsonElement::getAsString).toList();
  }

  @Override
  public void close() throws Exception {
    List<ProcessHandle> all =
        Stream.concat(Stream.of(process.toHandle()), process.descendants()).toList();
    scenarios.close();
    if (!process.waitFor(20, TimeUnit.SECONDS)) {
      all.forEach(ProcessHandle::destroyForcibly);
    }
  }
}
