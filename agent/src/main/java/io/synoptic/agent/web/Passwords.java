package io.synoptic.agent.web;

import at.favre.lib.crypto.bcrypt.BCrypt;
import at.favre.lib.crypto.bcrypt.LongPasswordStrategies;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Checks passwords. bcrypt is slow on purpose: it is computed on a thread of its own, one at a
 * time, and a password that has been right is known again by a keyed digest, so that only the first
 * scrape waits for it.
 */
final class Passwords {
  /** As many wait at most; each takes a tenth of a second or so. */
  private static final int MAX_WAITING = 100;

  private static final BCrypt.Verifyer BCRYPT =
      BCrypt.verifyer(null, LongPasswordStrategies.truncate(BCrypt.Version.VERSION_2Y));

  /** By user; the digest is of hash and password, so a hash that changes is checked anew. */
  private final Map<String, byte[]> right = new ConcurrentHashMap<>();

  private final SecretKeySpec digestKey;
  private final Executor worker = worker();

  Passwords() {
    byte[] key = new byte[32];
    new SecureRandom().nextBytes(key);
    digestKey = new SecretKeySpec(key, "HmacSHA256");
  }

  /** It waits from the start: later there may be no thread to be had. */
  private static Executor worker() {
    ThreadPoolExecutor executor =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_WAITING),
            task -> {
              Thread thread = new Thread(task, "synoptic-bcrypt");
              thread.setDaemon(true);
              return thread;
            });
    executor.prestartAllCoreThreads();
    return executor;
  }

  /**
   * Whether a password is a user's. A user that there isn't takes as long to refuse as one that
   * there is.
   *
   * @param users bcrypt hashes by name; at least one
   * @return done at once for a password that is known to be right
   * @throws RejectedExecutionException if too many wait already
   */
  CompletableFuture<Boolean> check(String user, byte[] password, Map<String, String> users) {
    String own = users.get(user);
    String hash = own == null ? dearest(users) : own;
    byte[] digest = digest(hash, password);
    byte[] known = right.get(user);
    if (own != null && known != null && MessageDigest.isEqual(known, digest)) {
      return CompletableFuture.completedFuture(true);
    }
    return CompletableFuture.supplyAsync(
        () -> {
          boolean matches =
              BCRYPT.verify(password, hash.getBytes(StandardCharsets.US_ASCII)).verified;
          if (own == null || !matches) {
            return false;
          }
          right.put(user, digest);
          return true;
        },
        worker);
  }

  /** The hash that costs most, by the two digits of its cost. */
  private static String dearest(Map<String, String> users) {
    return users.values().stream()
        .max(Comparator.comparing(hash -> hash.substring(4, 6)))
        .orElseThrow();
  }

  private byte[] digest(String hash, byte[] password) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(digestKey);
      mac.update(hash.getBytes(StandardCharsets.US_ASCII)); // always 60 bytes
      return mac.doFinal(password);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java lacks HmacSHA256", e);
    }
  }
}
