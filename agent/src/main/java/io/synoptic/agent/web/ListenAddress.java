package io.synoptic.agent.web;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Where to listen, in the exporters' spelling: {@code :10119}, {@code 127.0.0.1:10119}, {@code
 * [::1]:10119}, {@code localhost:0}.
 *
 * @param host a name or an address without brackets; empty for every address of the machine
 * @param port 0 for any free one
 */
public record ListenAddress(String host, int port) {
  private static final Pattern SPELLING =
      Pattern.compile(
          // A zone is an interface's number or name, which may be anything but a slash or a blank.
          "(?:\\[(?<ipv6>[0-9a-fA-F:.]+(?:%[^/\\s]+)?)]|(?<name>[^:\\[\\]/]*))"
              + ":(?<port>[0-9]{1,5})");

  /** Reads the option's value. */
  public static final class Converter implements ITypeConverter<ListenAddress> {
    @Override
    public ListenAddress convert(String value) {
      Matcher matcher = SPELLING.matcher(value);
      if (!matcher.matches() || Integer.parseInt(matcher.group("port")) > 65535) {
        throw new TypeConversionException("write HOST:PORT, [IPV6]:PORT or :PORT");
      }
      String ipv6 = matcher.group("ipv6");
      return new ListenAddress(
          ipv6 == null ? matcher.group("name") : ipv6, Integer.parseInt(matcher.group("port")));
    }
  }

  /** A URL's authority that reaches it from this machine. */
  public String authority(int actualPort) {
    String name =
        host.isEmpty() || host.equals("0.0.0.0") || host.equals("::") ? "localhost" : host;
    // RFC 6874: a zone's percent sign is escaped.
    return (name.contains(":") ? "[" + name.replace("%", "%25") + "]" : name) + ":" + actualPort;
  }

  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
