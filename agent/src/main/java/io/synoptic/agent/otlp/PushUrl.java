package io.synoptic.agent.otlp;

import java.net.URI;
import java.net.URISyntaxException;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads where to push to: a whole address, in which there is no secret. */
public final class PushUrl implements ITypeConverter<URI> {
  private static final String ADVICE =
      "write the whole address, such as http://127.0.0.1:4318/v1/metrics";

  @Override
  public URI convert(String value) {
    URI url;
    try {
      url = new URI(value);
    } catch (URISyntaxException e) {
      throw new TypeConversionException(ADVICE);
    }
    if (url.getUserInfo() != null || url.getQuery() != null || url.getFragment() != null) {
      throw new TypeConversionException(
          ADVICE + "; users, passwords and tokens belong in --otlp.headers.file");
    }
    boolean http = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
    if (!http || url.getHost() == null || url.getPath().length() < 2) {
      throw new TypeConversionException(ADVICE);
    }
    return url;
  }
}
