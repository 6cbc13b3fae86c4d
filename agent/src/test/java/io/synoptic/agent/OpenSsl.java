package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Keys and certificates for the moment of a test, made by openssl. */
public final class OpenSsl {
  /** The password of every key store. */
  static final String SECRET = "secret";

  private OpenSsl() {}

  /**
   * A certificate for localhost and 127.0.0.1, and its key, that {@code NAME.pem} and .key hold,
   * and both {@code NAME.p12}.
   */
  public static void selfSigned(Path folder, String name) throws Exception {
    List<String> command = new ArrayList<>(List.of("req", "-x509", "-nodes", "-newkey", "ec"));
    command.addAll(List.of("-pkeyopt", "ec_paramgen_curve:prime256v1", "-days", "30"));
    command.addAll(List.of("-subj", "/CN=" + name));
    command.addAll(List.of("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"));
    command.addAll(List.of("-keyout", name + ".key", "-out", name + ".pem"));
    run(folder, command.toArray(String[]::new));
    String store = "pkcs12 -export -in NAME.pem -inkey NAME.key -out NAME.p12 -passout pass:";
    run(folder, (store.replace("NAME", name) + SECRET).split(" ", -1));
  }

  /** A certificate of yesterday and its key, both in {@code NAME.pem}. */
  public static void expired(Path folder, String name) throws Exception {
    String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    String pair = "-genkeypair -keyalg EC -alias a -startdate -2d -validity 1 -storetype PKCS12";
    String store = " -dname CN=past -keystore " + name + ".p12 -storepass " + SECRET;
    execute(folder, keytool, (pair + store).split(" ", -1));
    String export = "pkcs12 -nodes -passin pass:" + SECRET + " -in NAME.p12 -out NAME.pem";
    run(folder, export.replace("NAME", name).split(" ", -1));
  }

  /** Runs openssl in a folder. */
  public static void run(Path folder, String... arguments) throws Exception {
    execute(folder, "openssl", arguments);
  }

  private static void execute(Path folder, String program, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(program));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectInput(new File("/dev/null"))
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
  }
}
