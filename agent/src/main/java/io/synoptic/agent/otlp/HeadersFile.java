package io.synoptic.agent.otlp;

import io.synoptic.agent.web.InvalidInputException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code --otlp.headers.file}: one {@code Name: value} a line, blank lines and those that begin
 * with {@code #} left out. No message repeats what is in it.
 *
 * @param path of the file, which is read each time
 */
public record HeadersFile(Path path) {
  private static final int MAX_BYTES = 1 << 16;
  private static final Pattern HEADER =
      Pattern.compile(
          "([A-Za-z0-9!#$%&'*+.^_`|~-]+): *([\\x21-\\x7E]([\\x20-\\x7E]*[\\x21-\\x7E])?)");

  /** The headers as they are now; the exception's message is one line. */
  public Map<String, String> read() throws InvalidInputException {
    Map<String, String> headers = new LinkedHashMap<>();
    List<String> lines = lines();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      Matcher header = HEADER.matcher(line);
      if (!header.matches()) {
        throw failure("line " + (i + 1) + " is no header: write NAME: VALUE");
      }
      headers.put(header.group(1), header.group(2));
    }
    return headers;
  }

  private List<String> lines() throws InvalidInputException {
    try {
      if (Files.exists(path) && !Files.isRegularFile(path)) {
        throw failure("it is no regular file: write the name of a file of headers");
      }
      if (Files.exists(path) && Files.size(path) > MAX_BYTES) {
        throw failure("it is larger than 64 KiB: write headers alone");
      }
      return Files.readAllLines(path);
    } catch (NoSuchFileException e) {
      throw failure("it does not exist: write the name of a file of headers");
    } catch (AccessDeniedException e) {
      throw failure("permission denied: let the agent's user read it");
    } catch (IOException e) {
      throw failure("it can't be read as text: write headers in UTF-8");
    }
  }

  private InvalidInputException failure(String what) {
    return new InvalidInputException("--otlp.headers.file=" + path + ": " + what);
  }
}
