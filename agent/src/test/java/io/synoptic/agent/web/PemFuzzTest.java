package io.synoptic.agent.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.agent.OpenSsl;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Any text in the place of certificates and keys: scripts/fuzz makes more of them. */
public class PemFuzzTest {
  private static final List<PublicKey> KEYS = Stream.of("RSA", "EC").map(PemFuzzTest::key).toList();

  private static PublicKey key(String algorithm) {
    try {
      return KeyPairGenerator.getInstance(algorithm).generateKeyPair().getPublic();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /** What Jazzer calls. */
  public static void fuzzerTestOneInput(byte[] input) {
    try {
      assertThat(Pem.certificates(input)).isNotEmpty().doesNotContainNull();
    } catch (GeneralSecurityException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
    for (PublicKey key : KEYS) {
      try {
        assertThat(Pem.privateKey(input, key).getAlgorithm()).isEqualTo(key.getAlgorithm());
      } catch (GeneralSecurityException e) {
        assertThat(e.toString()).isNotBlank();
      }
    }
  }

  static List<Seeds.Seed> seeds() throws Exception {
    return Seeds.of("pem");
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void seedsAreReadOrRefused(Seeds.Seed seed) {
    fuzzerTestOneInput(seed.bytes());
  }

  /** As openssl writes them, whole and cut off: no key is stored in the tree. */
  @Test
  void keysAndCertificatesAreReadOrRefusedAsFarAsTheyAreWritten(@TempDir Path folder)
      throws Exception {
    OpenSsl.selfSigned(folder, "ec");
    OpenSsl.run(folder, "ec", "-in", "ec.key", "-out", "sec1.key");
    OpenSsl.run(folder, "genrsa", "-traditional", "-out", "pkcs1.key", "1024");
    for (String name : List.of("ec.pem", "ec.key", "sec1.key", "pkcs1.key")) {
      byte[] whole = Files.readAllBytes(folder.resolve(name));
      for (int length = whole.length; length > 0; length -= 17) {
        fuzzerTestOneInput(Arrays.copyOf(whole, length));
      }
    }
  }
}
