package io.synoptic.agent.web;

import java.util.Arrays;

/** {@code client_auth_type}, by the names of Go's crypto/tls. */
enum ClientAuth {
  NoClientCert(false, false, false),
  RequestClientCert(true, false, false),
  RequireAnyClientCert(true, true, false),
  /** The former name of {@link #RequireAnyClientCert}. */
  RequireClientCert(true, true, false),
  VerifyClientCertIfGiven(true, false, true),
  RequireAndVerifyClientCert(true, true, true);

  /** Whether clients are asked for a certificate. */
  final boolean requested;

  /** Whether a client without one is turned away. */
  final boolean required;

  /** Whether one that comes must be signed by a known authority. */
  final boolean verified;

  ClientAuth(boolean requested, boolean required, boolean verified) {
    this.requested = requested;
    this.required = required;
    this.verified = verified;
  }

  /** Reads it, and refuses what would protect less than it seems to. */
  static ClientAuth read(YamlSection tls) throws InvalidInputException {
    String name = tls.text("client_auth_type").orElse(NoClientCert.name());
    ClientAuth type =
        Arrays.stream(values())
            .filter(each -> each.name().equals(name))
            .findFirst()
            .orElseThrow(
                () ->
                    tls.wrong(
                        "client_auth_type",
                        "must be NoClientCert, RequestClientCert, RequireAnyClientCert,"
                            + " VerifyClientCertIfGiven or RequireAndVerifyClientCert"));
    boolean authority = tls.text("client_ca").isPresent() || tls.text("client_ca_file").isPresent();
    if (authority && !type.requested) {
      throw tls.wrong(
          tls.text("client_ca").isPresent() ? "client_ca" : "client_ca_file",
          "is there, but nobody is asked for a certificate: set client_auth_type to"
              + " RequireAndVerifyClientCert");
    }
    if (type.verified && !authority) {
      throw tls.wrong("client_auth_type", "is " + name + ": set client_ca_file as well");
    }
    if (!tls.list("client_allowed_sans").isEmpty() && !type.required) {
      throw tls.wrong(
          "client_allowed_sans",
          "would let in who shows no certificate: set client_auth_type to"
              + " RequireAndVerifyClientCert");
    }
    return type;
  }
}
