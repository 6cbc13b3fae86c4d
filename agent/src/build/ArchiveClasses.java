import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Makes the class data archive of an installed agent, {@code synoptic.jsa}: runs it, asks it for
 * what a scraper asks for, lists the classes that it loaded in {@code classes.list}, and archives
 * those and no others. Usage: {@code java ArchiveClasses.java DIR}; or {@code java
 * ArchiveClasses.java DIR list} for the list alone, of which the machine that a package is
 * installed on makes an archive of its own.
 *
 * <p>The archive is the last file of a build, so that its time shows when the build was complete.
 */
public final class ArchiveClasses {
  private static final String READY = "Synoptic answers at ";

  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[0]).toAbsolutePath();
    Path archive = folder.resolve("synoptic.jsa");
    Path list = folder.resolve("classes.list");
    Files.deleteIfExists(archive);
    Files.deleteIfExists(list);
    listClasses(folder, list);
    if (args.length == 1) {
      archive(folder, list, archive);
      Files.delete(list);
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

  private static void listClasses(Path folder, Path list) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
            folder.resolve("synoptic").toString(), "--web.listen-address=127.0.0.1:0");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("JDK_JAVA_OPTIONS", "-XX:DumpLoadedClassList=" + list);
    if ("root".equals(System.getProperty("user.name"))) {
      builder.environment().put("SYNOPTIC_USER", "0"); // the list is written by the JVM itself
    }
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    Process agent = builder.start();
    try (BufferedReader lines = agent.inputReader()) {
      scrape(url(lines));
      agent.destroy();
      if (!agent.waitFor(60, TimeUnit.SECONDS) || !Files.exists(list)) {
        throw new IllegalStateException("the agent left no " + list);
      }
    } finally {
      agent.destroyForcibly();
    }
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
