package io.synoptic.agent.web;

import at.favre.lib.crypto.bcrypt.BCrypt;
import at.favre.lib.crypto.bcrypt.LongPasswordStrategies;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Checks passwords. bcrypt is slow on purpose: it is computed on threads of its own, one for each
 * cost, so that dear hashes hold up only each other. A password that has been right is known again
 * by a keyed digest, so that only the first scrape waits for it.
 */
final class Passwords {
  /** Distinct costs; those above share the last worker. */
  private static final int WORKERS = 4;

  private static final int CAPACITY = 100;
  private static final int CAPACITY_PER_BLOCK = 4;

  /** Of rest that first checks may put off: 10 s of computing. */
  private static final long DEBT_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** How often those that have waited too long are looked for. */
  private static final long LOOK_MILLIS = 500;

  private static final BCrypt.Verifyer BCRYPT =
      BCrypt.verifyer(null, LongPasswordStrategies.truncate(BCrypt.Version.VERSION_2Y));

  /** Salt and digest that no password has. */
  private static final String NOBODY = ".".repeat(53);

  /**
   * Who asks.
   *
   * @param waitMillis how long the client waits
   * @param isOpen false when it has gone
   */
  record Asker(AddressBlock block, long waitMillis, BooleanSupplier isOpen) {}

  private static final class Check {
    final CompletableFuture<Boolean> result = new CompletableFuture<>();
    final String user;
    final byte[] password;
    final String hash;
    final byte[] digest;
    final int worker;
    final Asker asker;

    Check(String user, byte[] password, String hash, byte[] digest, int worker, Asker asker) {
      this.user = user;
      this.password = password;
      this.hash = hash;
      this.digest = digest;
      this.worker = worker;
      this.asker = asker;
    }
  }

  /** By user; the digest is of hash and password, so a hash that changes is checked again. */
  private final Map<String, byte[]> right = new ConcurrentHashMap<>();

  private final SecretKeySpec digestKey;
  private final PasswordQueue<Check> queue =
      new PasswordQueue<>(
          new PasswordQueue.Limits(WORKERS, CAPACITY, CAPACITY_PER_BLOCK, DEBT_NANOS),
          System::nanoTime);

  /** All threads are there from the start. */
  Passwords() {
    byte[] key = new byte[32];
    new SecureRandom().nextBytes(key);
    digestKey = new SecretKeySpec(key, "HmacSHA256");
    for (int i = 0; i < WORKERS; i++) {
      int worker = i;
      Thread thread = new Thread(() -> work(worker), "synoptic-bcrypt");
      thread.setDaemon(true);
      thread.start();
    }
  }

  /**
   * Whether a password is a user's. A user that there isn't costs what the cheapest costs that
   * there is.
   *
   * @param users bcrypt hashes by name; at least one
   * @return done at once for a password that is known to be right; fails with {@link
   *     RejectedExecutionException} if too many wait, or it would take too long
   */
  CompletableFuture<Boolean> check(
      String user, byte[] password, Map<String, String> users, Asker asker) {
    List<String> costs = users.values().stream().map(Passwords::cost).distinct().sorted().toList();
    String own = users.get(user);
    String hash = own == null ? "$2y$" + costs.get(0) + "$" + NOBODY : own;
    byte[] digest = digest(hash, password);
    int worker = Math.min(costs.indexOf(cost(hash)), WORKERS - 1);
    Check check = new Check(user, password, hash, digest, worker, asker);
    if (isKnown(check)) {
      return CompletableFuture.completedFuture(true);
    }
    queue
        .add(check, asker.block, worker, TimeUnit.MILLISECONDS.toNanos(asker.waitMillis))
        .ifPresent(Passwords::reject);
    return check.result;
  }

  /** Whether a block has sent wrong passwords lately. */
  boolean isSuspect(AddressBlock block) {
    return queue.hasCost(block);
  }

  private boolean isKnown(Check check) {
    byte[] known = right.get(check.user);
    return known != null && MessageDigest.isEqual(known, check.digest);
  }

  private static void reject(Check check) {
    check.result.completeExceptionally(new RejectedExecutionException());
  }

  private void work(int worker) {
    try {
      while (true) {
        queue.expired().forEach(Passwords::reject);
        Optional<Check> next;
        synchronized (queue) {
          next = queue.next(worker);
          if (next.isEmpty()) {
            queue.wait(queue.isEmpty() ? 0 : LOOK_MILLIS); // 0: until one comes
          }
        }
        next.ifPresent(this::compute);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void compute(Check check) {
    if (!check.asker.isOpen.getAsBoolean()) {
      reject(check);
      return;
    }
    if (isKnown(check)) {
      check.result.complete(true);
      return;
    }
    long start = System.nanoTime();
    boolean matches = false;
    Throwable failure = null;
    try {
      byte[] hash = check.hash.getBytes(StandardCharsets.US_ASCII);
      matches = BCRYPT.verify(check.password, hash).verified && !check.hash.endsWith(NOBODY);
    } catch (RuntimeException | Error e) {
      failure = e; // the client's, and the worker goes on
    }
    queue.checked(check.asker.block, check.worker, System.nanoTime() - start, matches);
    if (matches) {
      right.put(check.user, check.digest);
    }
    if (failure != null) {
      check.result.completeExceptionally(failure);
    } else {
      check.result.complete(matches);
    }
  }

  /** The two digits of a hash's cost. */
  private static String cost(String hash) {
    return hash.substring(4, 6);
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
