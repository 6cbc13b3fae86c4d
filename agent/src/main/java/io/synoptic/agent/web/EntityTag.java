package io.synoptic.agent.web;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The version of a content, as the header {@code ETag} has it. */
public final class EntityTag {
  private static final int BYTES = 12;

  private final MessageDigest digest;

  /** Of a content that is still to be written. */
  public EntityTag() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }

  /** Of a text. */
  public static String of(String text) {
    EntityTag tag = new EntityTag();
    tag.digest.update(text.getBytes(StandardCharsets.UTF_8));
    return tag.value();
  }

  /** Takes in what is written, and writes it to {@code out}. */
  public OutputStream over(OutputStream out) {
    return new DigestOutputStream(out, digest);
  }

  /** That of all that was written; once. Weak: the same for what is compressed and what is not. */
  public String value() {
    return "W/\"" + HexFormat.of().formatHex(digest.digest(), 0, BYTES) + '"';
  }
}
