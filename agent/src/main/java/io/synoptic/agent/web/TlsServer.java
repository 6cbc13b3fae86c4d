package io.synoptic.agent.web;

import io.synoptic.internal.procfs.Messages;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;

/** {@code tls_server_config}, ready to shake hands. */
final class TlsServer {
  static final Set<String> KEYS =
      Set.of(
          "cert",
          "cert_file",
          "key",
          "key_file",
          "client_ca",
          "client_ca_file",
          "client_auth_type",
          "client_allowed_sans",
          "cipher_suites",
          "curve_preferences",
          "min_version",
          "max_version",
          "prefer_server_cipher_suites");

  private final SSLContext context;
  private final SSLParameters parameters;
  private final ClientCertificates clients;
  private final List<String> curves;

  private TlsServer(
      SSLContext context,
      SSLParameters parameters,
      ClientCertificates clients,
      List<String> curves) {
    this.context = context;
    this.parameters = parameters;
    this.clients = clients;
    this.curves = curves;
  }

  /**
   * Reads the section and the files that it names.
   *
   * @param folder what their names are relative to
   */
  static TlsServer read(YamlSection section, Path folder, ReadFiles files)
      throws InvalidInputException {
    SSLParameters parameters = new SSLParameters();
    parameters.setProtocols(TlsNames.protocols(section).toArray(String[]::new));
    parameters.setCipherSuites(TlsNames.cipherSuites(section).toArray(String[]::new));
    parameters.setUseCipherSuitesOrder(section.flag("prefer_server_cipher_suites", true));
    ClientAuth clientAuth = ClientAuth.read(section);
    if (clientAuth.required) {
      parameters.setNeedClientAuth(true);
    } else if (clientAuth.requested) {
      parameters.setWantClientAuth(true);
    }
    ServerKey key = serverKey(section, folder, files);
    Optional<PemOption> authority = PemOption.read(section, "client_ca", folder, files);
    try {
      Optional<Authorities> authorities = Optional.empty();
      if (clientAuth.verified) {
        authorities = Optional.of(authorities(authority.orElseThrow()));
      }
      ClientCertificates clients =
          new ClientCertificates(authorities, ClientAuth.allowedNames(section));
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(new KeyManager[] {key}, new TrustManager[] {clients}, null);
      return new TlsServer(context, parameters, clients, TlsNames.curves(section));
    } catch (GeneralSecurityException e) {
      throw new InvalidInputException("this Java can't do TLS: " + Messages.of(e));
    }
  }

  private static Authorities authorities(PemOption option)
      throws InvalidInputException, GeneralSecurityException {
    List<X509Certificate> certificates = option.certificates();
    for (X509Certificate each : certificates) {
      checkTime(option, each, "has an authority that ");
    }
    return new Authorities(certificates, InstantSource.system());
  }

  private static void checkTime(PemOption option, X509Certificate certificate, String what)
      throws InvalidInputException {
    String untimely = ServerKey.untimely(certificate, Instant.now());
    if (!untimely.isEmpty()) {
      throw option.wrong(what + untimely);
    }
  }

  private static ServerKey serverKey(YamlSection section, Path folder, ReadFiles files)
      throws InvalidInputException {
    Optional<PemOption> certificate = PemOption.read(section, "cert", folder, files);
    Optional<PemOption> key = PemOption.read(section, "key", folder, files);
    if (certificate.isEmpty()) {
      throw section.missing("cert_file");
    }
    if (key.isEmpty()) {
      throw section.missing("key_file");
    }
    List<X509Certificate> chain = certificate.get().certificates();
    checkTime(certificate.get(), chain.get(0), "");
    return new ServerKey(chain, key.get().privateKey(chain.get(0).getPublicKey()));
  }

  /** Which certificates of clients will do. */
  ClientCertificates clients() {
    return clients;
  }

  SSLContext context() {
    return context;
  }

  /** Java's names of the curves to offer; none leaves the choice to Java. */
  List<String> curves() {
    return curves;
  }

  /** One connection's end. */
  SSLEngine engine() {
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(false);
    engine.setSSLParameters(parameters);
    return engine;
  }
}
