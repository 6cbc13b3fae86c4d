package io.synoptic.agent.command;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Chooses between a running agent and scans of the command's own. */
final class Sources {
  private static final String NONE = "none";
  private static final String USUAL = "http://127.0.0.1:10119";

  private Sources() {}

  /** Refuses options that can't be used, whatever answers. */
  static void check(HostOptions options) throws UnavailableException {
    if (options.agent != null && !options.agent.equals(NONE)) {
      base(options.agent);
    }
    if ((options.user == null) != (options.passwordFile == null)) {
      throw new UnavailableException("--agent.user and --agent.password-file go together");
    }
  }

  /** What the options ask for; a running agent where they leave it open and there is one. */
  static NowSource open(HostOptions options, MetricsWriter metrics, Map<String, String> environment)
      throws UnavailableException {
    if (options.agent != null && !options.agent.equals(NONE)) {
      AgentNow agent = AgentNow.of(client(options, options.agent, false), environment);
      if (options.wantsAll() && !agent.readsAll()) {
        throw new UnavailableException(
            "the agent at "
                + options.agent
                + " reads its own network namespace alone: start it with"
                + " --netns=all, or use --agent=none");
      }
      return agent;
    }
    List<String> notes = new ArrayList<>();
    if (options.agent == null && !options.handshakes) {
      NowSource agent = usual(options, environment, notes);
      if (agent != null) {
        return agent;
      }
    }
    return OwnScans.open(options, metrics, environment, notes);
  }

  private static @Nullable NowSource usual(
      HostOptions options, Map<String, String> environment, List<String> notes)
      throws UnavailableException {
    AgentClient client = client(options, USUAL, true);
    try {
      AgentNow agent = AgentNow.of(client, environment);
      return options.wantsAll() && !agent.readsAll() ? null : agent;
    } catch (UnavailableException e) {
      if (options.user != null) {
        throw e; // which somebody meant
      }
      if (client.hasAnswered()) {
        notes.add("What an agent remembers: one may be there, but can't be asked. " + e.line());
      }
      return null;
    }
  }

  private static AgentClient client(HostOptions options, String url, boolean quick)
      throws UnavailableException {
    return new AgentClient(base(url), tls(options.caFile), authorization(options), quick);
  }

  static URI base(String url) throws UnavailableException {
    try {
      URI base = URI.create(url.endsWith("/") ? url : url + "/");
      boolean known = "http".equals(base.getScheme()) || "https".equals(base.getScheme());
      if (known
          && base.getHost() != null
          && base.getUserInfo() == null
          && base.getQuery() == null) {
        return base;
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw new UnavailableException(
        "--agent: write none, or a URL such as https://host:10119, without a user");
  }

  private static @Nullable String authorization(HostOptions options) throws UnavailableException {
    if (options.user == null || options.passwordFile == null) {
      return null;
    }
    String password;
    try {
      List<String> lines = Files.readAllLines(options.passwordFile);
      password = lines.isEmpty() ? "" : lines.get(0);
    } catch (IOException e) {
      throw unreadable("--agent.password-file", options.passwordFile, e);
    }
    byte[] both = (options.user + ":" + password).getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(both);
  }

  private static @Nullable SSLSocketFactory tls(@Nullable Path caFile) throws UnavailableException {
    if (caFile == null) {
      return null;
    }
    try (InputStream in = Files.newInputStream(caFile)) {
      KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
      trusted.load(null, null);
      int count = 0;
      for (Certificate one : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        trusted.setCertificateEntry("ca-" + count++, one);
      }
      if (count == 0) {
        throw new GeneralSecurityException("there is no certificate in it");
      }
      TrustManagerFactory managers =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      managers.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, managers.getTrustManagers(), null);
      return context.getSocketFactory();
    } catch (IOException | GeneralSecurityException e) {
      throw unreadable("--agent.ca-file", caFile, e);
    }
  }

  private static UnavailableException unreadable(String option, Path file, Exception e) {
    return new UnavailableException(
        option
            + "="
            + Printable.of(file.toString())
            + " can't be read: "
            + Printable.of(Objects.requireNonNullElse(e.getMessage(), e.toString())));
  }
}
