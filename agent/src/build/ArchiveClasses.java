import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * Makes the class data archives of an installed agent: {@code synoptic.jsa} of the agent, {@code
 * commands.jsa} of the commands. Runs each, asks the agent for what a scraper and a browser ask
 * for, lists the classes that were loaded in {@code classes.list} and {@code commands.list}, and
 * archives those and no others. Usage: {@code java ArchiveClasses.java DIR}; or {@code java
 * ArchiveClasses.java DIR list} for the lists alone, of which the machine that a package is
 * installed on makes archives of its own.
 *
 * <p>{@code synoptic.jsa} is the last file of a build, so that its time shows when the build was
 * complete.
 */
public final class ArchiveClasses {
  private static final String READY = "Synoptic answers at ";

  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[0]).toAbsolutePath();
    Path commands = folder.resolve("commands.list");
    Path agent = folder.resolve("classes.list");
    for (String old : List.of("commands.list", "classes.list", "commands.jsa", "synoptic.jsa")) {
      Files.deleteIfExists(folder.resolve(old));
    }
    list(folder, agent, commands);
    if (args.length == 1) {
      archive(folder, commands, folder.resolve("commands.jsa"));
      archive(folder, agent, folder.resolve("synoptic.jsa"));
      // A test compares them with those of the tree.
      Files.move(commands, folder.resolveSibling("commands.list"), REPLACE_EXISTING);
      Files.move(agent, folder.resolveSibling("classes.list"), REPLACE_EXISTING);
    }
  }

  private static void archive(Path folder, Path list, Path archive) throws Exception {
    Process dump =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xshare:dump",
                "-Xlog:disable",
                "-Xlog:all=error:stderr",
                "-XX:SharedClassListFile=" + list,
                "-XX:SharedArchiveFile=" + archive,
                "-cp",
                folder.resolve("synoptic-agent.jar").toString())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    if (dump.waitFor() != 0 || !Files.exists(archive)) {
      throw new IllegalStateException("java -Xshare:dump left no " + archive);
    }
  }

  private static void list(Path folder, Path list, Path ofCommands) throws Exception {
    String synoptic = folder.resolve("synoptic").toString();
    Process agent =
        listing(list, List.of(synoptic, "--web.listen-address=127.0.0.1:0"))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader lines = agent.inputReader()) {
      String url = url(lines);
      scrape(url);
      scrape(URI.create(url).resolve("/").toString());
      listCommands(synoptic, URI.create(url).resolve("/").toString(), ofCommands);
      agent.destroy();
      if (!agent.waitFor(60, TimeUnit.SECONDS) || !Files.exists(list)) {
        throw new IllegalStateException("the agent left no " + list);
      }
      Set<String> classes = new TreeSet<>();
      read(list, classes);
      Files.write(list, classes);
    } finally {
      agent.destroyForcibly();
    }
  }

  /** One list of all of them; {@code script} gives a terminal to the one that takes one. */
  private static void listCommands(String synoptic, String url, Path list) throws Exception {
    Set<String> classes = new TreeSet<>();
    for (List<String> command :
        List.of(
            List.of(synoptic, "doctor", "--agent=" + url),
            List.of(synoptic, "snapshot", "--agent=none", "--json"),
            List.of(synoptic, "snapshot", "--agent=none", "--prometheus"),
            List.of(synoptic, "snapshot", "--agent=none"),
            List.of(synoptic, "states", "--agent=none"),
            List.of("script", "-qec", synoptic + " top --agent=none --count=2", "/dev/null"))) {
      Files.deleteIfExists(list);
      ProcessBuilder builder = listing(list, command);
      builder.environment().put("TERM", "xterm");
      Process process = builder.redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
      process.getOutputStream().close();
      if (!process.waitFor(60, TimeUnit.SECONDS) || !Files.exists(list)) {
        process.destroyForcibly();
        if (command.get(0).equals("script")) {
          continue; // no terminal can be had here: it starts a little slower
        }
        throw new IllegalStateException(command + " left no " + list);
      }
      read(list, classes);
    }
    Files.write(list, classes);
  }

  /** What is of use to another run: without numbers, and without proxies, which are generated. */
  private static void read(Path list, Set<String> classes) throws IOException {
    for (String line : Files.readAllLines(list)) {
      if (!line.contains("/$Proxy")) {
        classes.add(line.replaceFirst(" id: [0-9]+$", ""));
      }
    }
  }

  private static ProcessBuilder listing(Path list, List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("JDK_JAVA_OPTIONS", "-XX:DumpLoadedClassList=" + list);
    if ("root".equals(System.getProperty("user.name"))) {
      builder.environment().put("SYNOPTIC_USER", "0"); // the list is written by the JVM itself
    }
    return builder.redirectError(ProcessBuilder.Redirect.DISCARD);
  }

  private static String url(BufferedReader lines) throws IOException {
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.startsWith(READY)) {
        return line.substring(READY.length());
      }
    }
    throw new IllegalStateException("the agent did not start");
  }

  private static void scrape(String url) throws IOException, InterruptedException {
    HttpClient client = HttpClient.newHttpClient();
    for (String accept : List.of("text/plain", "application/openmetrics-text;version=1.0.0")) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(url))
              .header("Accept", accept)
              .header("Accept-Encoding", "gzip")
              .header("X-Prometheus-Scrape-Timeout-Seconds", "10")
              .build();
      int status = client.send(request, BodyHandlers.discarding()).statusCode();
      if (status != 200) {
        throw new IllegalStateException(url + " answered " + status);
      }
    }
  }
}
