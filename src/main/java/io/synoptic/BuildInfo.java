package io.synoptic;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** Which build this is. */
public final class BuildInfo {
  private static final Properties PROPERTIES = read();

  private BuildInfo() {}

  /** The release: {@code 0.1.0}. */
  public static String version() {
    return PROPERTIES.getProperty("version");
  }

  /** The commit it was built from, or {@code unknown}. */
  public static String revision() {
    return PROPERTIES.getProperty("revision");
  }

  /** The version of the JVM that runs it: {@code 17.0.15}. */
  public static String javaVersion() {
    return System.getProperty("java.version");
  }

  private static Properties read() {
    Properties properties = new Properties();
    try (InputStream in = BuildInfo.class.getResourceAsStream("build.properties")) {
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties;
  }
}
