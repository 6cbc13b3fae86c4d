package io.synoptic.agent.web;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/** Who signs the clients' certificates, each only as long as its own is valid. */
final class Authorities {
  private record Trust(List<X509Certificate> timely, X509ExtendedTrustManager manager) {}

  private final List<X509Certificate> all;
  private final InstantSource clock;
  private volatile Trust trust;

  Authorities(List<X509Certificate> all, InstantSource clock) throws GeneralSecurityException {
    this.all = List.copyOf(all);
    this.clock = clock;
    trust = trust(timely());
  }

  /** Java itself takes an authority at any time (RFC 5280 leaves it open; Go does not). */
  private List<X509Certificate> timely() {
    return all.stream()
        .filter(each -> ServerKey.untimely(each, clock.instant()).isEmpty())
        .toList();
  }

  private static Trust trust(List<X509Certificate> timely) throws GeneralSecurityException {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      for (X509Certificate each : timely) {
        store.setCertificateEntry("ca" + store.size(), each);
      }
      TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
      factory.init(store);
      return new Trust(timely, (X509ExtendedTrustManager) factory.getTrustManagers()[0]);
    } catch (IOException e) {
      throw new GeneralSecurityException(e);
    }
  }

  void check(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    List<X509Certificate> timely = timely();
    if (timely.isEmpty()) {
      throw new CertificateException("every authority has expired");
    }
    if (!timely.equals(trust.timely)) {
      try {
        trust = trust(timely);
      } catch (GeneralSecurityException e) {
        throw new CertificateException(e);
      }
    }
    trust.manager.checkClientTrusted(chain, authType, engine);
  }

  /** Those that a client is asked to choose among. */
  X509Certificate[] accepted() {
    return trust.manager.getAcceptedIssuers();
  }
}
