package io.synoptic.agent.web;

import java.net.InetAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Which client certificates will do: those an authority has signed or any at all, and of them those
 * with an allowed name if such are given.
 */
final class ClientCertificates extends X509ExtendedTrustManager {
  private static final int EMAIL = 1;
  private static final int DNS = 2;
  private static final int URI = 6;
  private static final int IP = 7;

  private final Optional<Authorities> authorities;
  private final List<String> allowedNames;

  /** Empty for {@code authorities} and for {@code allowedNames} is any. */
  ClientCertificates(Optional<Authorities> authorities, List<String> allowedNames) {
    this.authorities = authorities;
    this.allowedNames = List.copyOf(allowedNames);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    if (authorities.isPresent()) {
      authorities.get().check(chain, authType, engine);
    }
    if (!allowedNames.isEmpty() && !hasAllowedName(chain[0])) {
      throw new CertificateException("no subject alternative name of it is allowed");
    }
  }

  private boolean hasAllowedName(X509Certificate certificate) throws CertificateException {
    Collection<List<?>> names = certificate.getSubjectAlternativeNames();
    if (names != null) {
      for (List<?> name : names) {
        int type = (Integer) name.get(0);
        if ((type == EMAIL || type == DNS || type == URI) && allowedNames.contains(name.get(1))) {
          return true;
        }
        if (type == IP && allowedNames.stream().anyMatch(each -> same(each, name.get(1)))) {
          return true;
        }
      }
    }
    return false;
  }

  /** Compares addresses whatever their spelling; only literals, for names would be looked up. */
  private static boolean same(String allowed, Object address) {
    if (!allowed.matches("[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*")) {
      return false;
    }
    try {
      return InetAddress.getByName(allowed).equals(InetAddress.getByName((String) address));
    } catch (UnknownHostException e) {
      return false;
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    checkClientTrusted(chain, authType, (SSLEngine) null);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    checkClientTrusted(chain, authType, (SSLEngine) null);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return authorities.map(Authorities::accepted).orElse(new X509Certificate[0]);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    throw new CertificateException("this is a server");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw new CertificateException("this is a server");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    throw new CertificateException("this is a server");
  }
}
