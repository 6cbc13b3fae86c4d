package io.synoptic.agent.web;

import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.util.List;
import java.util.Optional;

/** PEM that is in a section itself, or in a file that it names. */
final class PemOption {
  private final YamlSection section;
  private final String key;
  private final byte[] text;

  private PemOption(YamlSection section, String key, byte[] text) {
    this.section = section;
    this.key = key;
    this.text = text;
  }

  /**
   * Reads it.
   *
   * @param stem the key of the text; with {@code _file} behind it, that of the file's name
   * @param folder what the file's name is relative to
   */
  static Optional<PemOption> read(YamlSection section, String stem, Path folder, ReadFiles files)
      throws InvalidInputException {
    Optional<String> text = section.text(stem);
    String fileKey = stem + "_file";
    Optional<String> file = section.text(fileKey);
    if (text.isPresent() && file.isPresent()) {
      throw section.wrong(stem, "and " + fileKey + " are both there: leave one out");
    }
    if (text.isPresent()) {
      byte[] bytes = text.get().getBytes(StandardCharsets.UTF_8);
      return Optional.of(new PemOption(section, stem, bytes));
    }
    if (file.isEmpty()) {
      return Optional.empty();
    }
    if (file.get().contains("-----BEGIN")) {
      throw section.wrong(fileKey, "must be the name of a file: write PEM itself under " + stem);
    }
    try {
      byte[] bytes = files.read(folder.resolve(file.get()));
      return Optional.of(new PemOption(section, fileKey, bytes));
    } catch (InvalidPathException e) {
      throw section.wrong(fileKey, "must be the name of a file");
    } catch (InvalidInputException e) {
      throw section.wrong(
          fileKey,
          "names a file that " + e.getMessage() + " (names are relative to " + folder + ")");
    }
  }

  List<X509Certificate> certificates() throws InvalidInputException {
    try {
      return Pem.certificates(text);
    } catch (GeneralSecurityException e) {
      throw wrong("can't be used: " + e.getMessage());
    }
  }

  /** The private key to a public one. */
  PrivateKey privateKey(PublicKey publicKey) throws InvalidInputException {
    try {
      PrivateKey privateKey = Pem.privateKey(text, publicKey);
      if (ServerKey.belong(privateKey, publicKey)) {
        return privateKey;
      }
    } catch (InvalidKeySpecException | InvalidKeyException e) {
      // one of another kind
    } catch (GeneralSecurityException e) {
      throw wrong("can't be used: " + e.getMessage());
    }
    throw wrong("does not belong to the certificate");
  }

  InvalidInputException wrong(String why) {
    return section.wrong(key, why);
  }
}
