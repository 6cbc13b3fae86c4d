package io.synoptic.agent.web;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Certificates and private keys as PEM (RFC 7468), in every form that OpenSSL writes unencrypted.
 */
final class Pem {
  private static final Pattern BLOCK =
      Pattern.compile(
          "-----BEGIN (?<type>[A-Z0-9 ]++)-----(?<base64>[A-Za-z0-9+/=\\s]*+)-----END \\1-----");

  private Pem() {}

  /** All certificates in a text, in their order; other blocks are passed over. */
  static List<X509Certificate> certificates(byte[] text) throws GeneralSecurityException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    List<X509Certificate> certificates = new ArrayList<>();
    Matcher block = blocks(text);
    while (block.find()) {
      if (block.group("type").equals("CERTIFICATE")) {
        certificates.add(certificate(factory, decoded(block)));
      }
    }
    if (certificates.isEmpty()) {
      throw new GeneralSecurityException("there is no PEM certificate in it");
    }
    return certificates;
  }

  private static X509Certificate certificate(CertificateFactory factory, byte[] der)
      throws GeneralSecurityException {
    try {
      return (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der));
    } catch (CertificateException e) {
      // What Java says of it may quote it.
      throw new GeneralSecurityException("a certificate in it is damaged", e);
    }
  }

  /** The first private key in a text, of the public key's kind. */
  static PrivateKey privateKey(byte[] text, PublicKey publicKey) throws GeneralSecurityException {
    Matcher block = blocks(text);
    while (block.find()) {
      String type = block.group("type");
      if (type.equals("ENCRYPTED PRIVATE KEY")) {
        break;
      }
      if (type.endsWith("PRIVATE KEY")) {
        // PKCS #1 (RSA) and SEC 1 (EC) keys say no algorithm; it is the public key's.
        byte[] key = decoded(block);
        byte[] pkcs8 = type.equals("PRIVATE KEY") ? key : pkcs8(algorithm(publicKey), key);
        return KeyFactory.getInstance(publicKey.getAlgorithm())
            .generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      }
    }
    throw new GeneralSecurityException(
        new String(text, StandardCharsets.ISO_8859_1).contains("ENCRYPTED")
            ? "it is encrypted; write it without a passphrase: openssl pkey -in OLD -out NEW"
            : "there is no PEM private key in it");
  }

  private static Matcher blocks(byte[] text) {
    return BLOCK.matcher(new String(text, StandardCharsets.ISO_8859_1));
  }

  private static byte[] decoded(Matcher block) throws GeneralSecurityException {
    try {
      return Base64.getMimeDecoder().decode(block.group("base64"));
    } catch (IllegalArgumentException e) {
      throw new GeneralSecurityException("its base64 is damaged", e);
    }
  }

  /** PrivateKeyInfo of RFC 5208: a version, an algorithm, the key. */
  private static byte[] pkcs8(byte[] algorithm, byte[] key) {
    byte[] version = element(0x02, new byte[] {0});
    return element(0x30, version, algorithm, element(0x04, key));
  }

  /** AlgorithmIdentifier, the first element of a SubjectPublicKeyInfo (RFC 5280, 4.1). */
  private static byte[] algorithm(PublicKey key) {
    byte[] info = key.getEncoded();
    int start = contentOffset(info, 0);
    int content = contentOffset(info, start);
    return Arrays.copyOfRange(info, start, content + length(info, start));
  }

  private static int contentOffset(byte[] der, int at) {
    int first = der[at + 1] & 0xff;
    return at + 2 + (first < 0x80 ? 0 : first - 0x80);
  }

  private static int length(byte[] der, int at) {
    int first = der[at + 1] & 0xff;
    return first < 0x80
        ? first
        : new BigInteger(1, Arrays.copyOfRange(der, at + 2, contentOffset(der, at))).intValue();
  }

  private static byte[] element(int tag, byte[]... contents) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (byte[] each : contents) {
      content.writeBytes(each);
    }
    ByteArrayOutputStream element = new ByteArrayOutputStream();
    element.write(tag);
    if (content.size() < 0x80) {
      element.write(content.size());
    } else {
      byte[] length = BigInteger.valueOf(content.size()).toByteArray();
      int start = length[0] == 0 ? 1 : 0;
      element.write(0x80 + length.length - start);
      element.write(length, start, length.length - start);
    }
    element.writeBytes(content.toByteArray());
    return element.toByteArray();
  }
}
