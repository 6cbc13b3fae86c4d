package io.synoptic.agent.web;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What exporter-toolkit's format calls versions, cipher suites and curves, as Go does. */
final class TlsNames {
  /** The oldest that Java still has; RFC 8996 forbids those before it. */
  private static final int OLDEST = 12;

  private static final Map<String, Integer> VERSIONS =
      Map.of("TLS10", 10, "TLS11", 11, "TLS12", 12, "TLS13", 13);

  private static final Map<String, String> CURVES =
      Map.of(
          "CurveP256", "secp256r1",
          "CurveP384", "secp384r1",
          "CurveP521", "secp521r1",
          "X25519", "x25519");

  /** Go has no choice among these: TLS 1.3 always offers them all. */
  private static final List<String> TLS13_SUITES =
      List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

  private static final List<String> TLS12_SUITES =
      List.of(
          "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
          "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
          "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
          "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA");

  private TlsNames() {}

  /** Java's names of the versions from {@code min_version} to {@code max_version}. */
  static List<String> protocols(YamlSection tls) throws InvalidInputException {
    int min = version(tls, "min_version", OLDEST);
    int max = version(tls, "max_version", 13);
    if (max < OLDEST) {
      throw tls.wrong("max_version", "must be TLS12 or TLS13: nothing older is spoken");
    }
    if (max < min) {
      throw tls.wrong("max_version", "is below min_version: nothing is left");
    }
    List<String> protocols = new ArrayList<>();
    for (int version = Math.max(min, OLDEST); version <= max; version++) {
      protocols.add("TLSv1." + (version - 10));
    }
    return protocols;
  }

  private static int version(YamlSection tls, String key, int otherwise)
      throws InvalidInputException {
    String name = tls.text(key).orElse("");
    if (!name.isEmpty() && !VERSIONS.containsKey(name)) {
      throw tls.wrong(key, "must be TLS12 or TLS13");
    }
    return VERSIONS.getOrDefault(name, otherwise);
  }

  /** The suites to offer, best first. */
  static List<String> cipherSuites(YamlSection tls) throws InvalidInputException {
    List<String> named =
        tls.list(
            "cipher_suites",
            suite -> TLS13_SUITES.contains(suite) || TLS12_SUITES.contains(suite),
            "has a suite that is not known; known are "
                + String.join(", ", TLS13_SUITES)
                + ", "
                + String.join(", ", TLS12_SUITES));
    List<String> suites = new ArrayList<>(TLS13_SUITES);
    suites.addAll(named.isEmpty() ? TLS12_SUITES : named);
    return suites.stream().distinct().toList();
  }

  /** Java's names of the curves, in their order; none is Java's own choice. */
  static List<String> curves(YamlSection tls) throws InvalidInputException {
    return tls
        .list(
            "curve_preferences",
            CURVES::containsKey,
            "has a curve that is not known; known are CurveP256, CurveP384, CurveP521, X25519")
        .stream()
        .map(CURVES::get)
        .distinct()
        .toList();
  }
}
