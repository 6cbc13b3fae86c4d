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
      Pattern.compile("(?:\\[(?<ipv6>[0-9a-fA-F:.%]+)]|(?<name>[^:\\[\\]/]*)):(?<port>[0-9]{1,5})");

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
    return (name.contains(":") ? "[" + name + "]" : name) + ":" + actualPort;
  }

  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
