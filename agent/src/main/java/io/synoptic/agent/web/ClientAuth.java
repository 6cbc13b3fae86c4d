package io.synoptic.agent.web;

import java.util.Arrays;
import java.util.List;

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
    if (authority && !type.verified) {
      throw tls.wrong(
          tls.text("client_ca").isPresent() ? "client_ca" : "client_ca_file",
          "is there, but with client_auth_type "
              + type
              + " a client needs no certificate of it: set client_auth_type to "
              + RequireAndVerifyClientCert);
    }
    if (type.verified && !authority) {
      throw tls.wrong("client_auth_type", "is " + type + ": set client_ca_file as well");
    }
    if (!allowedNames(tls).isEmpty() && type != RequireAndVerifyClientCert) {
      throw tls.wrong(
          "client_allowed_sans",
          "is there, but with client_auth_type "
              + type
              + " a client can name itself as it likes or show no certificate: set client_auth_type"
              + " to "
              + RequireAndVerifyClientCert);
    }
    return type;
  }

  /** Of the certificates that an authority has signed, those of these names alone will do. */
  static List<String> allowedNames(YamlSection tls) throws InvalidInputException {
    return tls.list("client_allowed_sans", name -> true, "");
  }
}
