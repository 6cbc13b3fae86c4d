package io.synoptic.agent;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/**
 * Plain HTTP/1.1 over one connection that is kept: it changes no socket count between two scrapes,
 * and shows what was really sent.
 */
final class HttpExchange implements AutoCloseable {
  /** What came back: header names in lower case, bytes on the wire, and the text they were. */
  record Answer(int status, Map<String, String> headers, int length, String text) {
    /** The value of one sample line, named with its labels; fails if there is none. */
    double sample(String series) {
      return text.lines()
          .filter(line -> line.startsWith(series + " "))
          .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
          .findFirst()
          .orElseThrow(() -> new AssertionError("no " + series + " in:\n" + text));
    }
  }

  private final Socket socket;
  private final InputStream in;

  HttpExchange(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(60_000);
    in = new BufferedInputStream(socket.getInputStream());
  }

  Answer get(String path, String... headers) throws IOException {
    return send("GET", path, headers);
  }

  Answer send(String method, String path, String... headers) throws IOException {
    StringBuilder request = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: test\r\n");
    for (String header : headers) {
      request.append(header).append("\r\n");
    }
    socket.getOutputStream().write((request + "\r\n").getBytes(StandardCharsets.US_ASCII));
    int status = Integer.parseInt(line().split(" ", 3)[1]);
    Map<String, String> fields = new HashMap<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      String[] field = line.split(": *", 2);
      fields.put(field[0].toLowerCase(Locale.ROOT), field[1]);
    }
    byte[] content = method.equals("HEAD") ? new byte[0] : content(fields);
    return new Answer(status, fields, content.length, text(fields, content));
  }

  private byte[] content(Map<String, String> fields) throws IOException {
    if (!"chunked".equals(fields.get("transfer-encoding"))) {
      return in.readNBytes(Integer.parseInt(fields.getOrDefault("content-length", "0")));
    }
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    int length;
    do {
      length = Integer.parseInt(line(), 16);
      content.write(in.readNBytes(length));
      line();
    } while (length > 0);
    return content.toByteArray();
  }

  private static String text(Map<String, String> fields, byte[] content) throws IOException {
    InputStream plain = new ByteArrayInputStream(content);
    if (content.length > 0 && "gzip".equals(fields.get("content-encoding"))) {
      plain = new GZIPInputStream(plain);
    }
    return new String(plain.readAllBytes(), StandardCharsets.UTF_8);
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("the connection was closed");
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
