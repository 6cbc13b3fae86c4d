package io.synoptic.agent.web;

import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

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
  private final List<String> curves;

  private TlsServer(SSLContext context, SSLParameters parameters, List<String> curves) {
    this.context = context;
    this.parameters = parameters;
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
      Optional<X509ExtendedTrustManager> signed = Optional.empty();
      if (clientAuth.verified) {
        signed = Optional.of(ClientCertificates.signedBy(authority.orElseThrow().certificates()));
      }
      TrustManager clients = new ClientCertificates(signed, section.list("client_allowed_sans"));
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(new KeyManager[] {key}, new TrustManager[] {clients}, null);
      return new TlsServer(context, parameters, TlsNames.curves(section));
    } catch (GeneralSecurityException e) {
      throw new InvalidInputException("this Java can't do TLS: " + e.getMessage());
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
    String untimely = ServerKey.untimely(chain.get(0));
    if (!untimely.isEmpty()) {
      throw certificate.get().wrong(untimely);
    }
    return new ServerKey(chain, key.get().privateKey(chain.get(0).getPublicKey()));
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
