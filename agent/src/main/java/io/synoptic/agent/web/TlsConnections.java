package io.synoptic.agent.web;

import java.net.InetSocketAddress;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** Gives each connection the {@link TlsServer} of its moment. */
final class TlsConnections extends SslContextFactory.Server {
  private final Supplier<TlsServer> current;

  private TlsConnections(Supplier<TlsServer> current) {
    this.current = current;
    setSslContext(current.get().context());
  }

  /** TLS around HTTP. */
  static SslConnectionFactory around(HttpConnectionFactory http, Supplier<TlsServer> current) {
    SslConnectionFactory factory =
        new SslConnectionFactory(new TlsConnections(current), http.getProtocol());
    // It would refuse a Host that the certificate doesn't name; that is the client's to judge.
    factory.setEnsureSecureRequestCustomizer(false);
    return factory;
  }

  @Override
  public SSLEngine newSSLEngine() {
    return current.get().engine();
  }

  @Override
  public SSLEngine newSSLEngine(String host, int port) {
    return newSSLEngine();
  }

  @Override
  public SSLEngine newSSLEngine(InetSocketAddress address) {
    return newSSLEngine();
  }
}
