package io.synoptic.agent.web;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Who waits for a password to be checked, and who is next: of the address block that has cost least
 * by wrong passwords, of those alike the one with fewest before it, then who came first. Checks of
 * one price share a worker, which rests three times as long as it has computed; only the first of a
 * block that has cost nothing needn't wait for that.
 *
 * @param <T> a password to check
 */
final class PasswordQueue<T> {
  /** Computing takes at most a quarter of the time. */
  private static final int REST = 3;

  /** What a block has cost is half forgotten in this time. */
  private static final long HALF_LIFE_NANOS = TimeUnit.MINUTES.toNanos(1);

  private static final int MAX_BLOCKS = 1000;

  /**
   * How much may wait.
   *
   * @param capacity in all
   * @param capacityPerBlock of one address block
   * @param debtNanos of rest that a worker may owe for first checks
   */
  record Limits(int workers, int capacity, int capacityPerBlock, long debtNanos) {}

  /**
   * A password that waits.
   *
   * @param before how many of its block waited when it came
   * @param number which one it is of all
   */
  private record Waiting<T>(
      T ticket, AddressBlock block, int worker, long deadline, long before, long number) {}

  /** Nanoseconds of computing, as of a time. */
  private record Cost(double nanos, long asOf) {
    double at(long now) {
      return nanos * Math.pow(0.5, (double) (now - asOf) / HALF_LIFE_NANOS);
    }
  }

  private final Limits limits;
  private final LongSupplier clock;
  private final List<Waiting<T>> waiting = new ArrayList<>();
  private final Map<AddressBlock, Cost> costs = new HashMap<>();
  private final long[] restUntil;
  private long number;

  /**
   * An empty queue.
   *
   * @param clock like {@link System#nanoTime}
   */
  PasswordQueue(Limits limits, LongSupplier clock) {
    this.limits = limits;
    this.clock = clock;
    restUntil = new long[limits.workers];
    Arrays.fill(restUntil, clock.getAsLong());
  }

  /** Whether a block has sent wrong passwords lately. */
  synchronized boolean hasCost(AddressBlock block) {
    return cost(block) > 0;
  }

  /**
   * Adds a password to check.
   *
   * @param waitNanos how long the client waits
   * @return the one that finds no room, which may be this
   */
  synchronized Optional<T> add(T ticket, AddressBlock block, int worker, long waitNanos) {
    long deadline = clock.getAsLong() + waitNanos;
    long before = waiting.stream().filter(each -> each.block.equals(block)).count();
    if (before >= limits.capacityPerBlock) {
      return Optional.of(ticket);
    }
    Waiting<T> added = new Waiting<>(ticket, block, worker, deadline, before, number++);
    waiting.add(added);
    notifyAll();
    if (waiting.size() <= limits.capacity) {
      return Optional.empty();
    }
    Waiting<T> last = waiting.stream().max(order()).orElseThrow();
    waiting.remove(last);
    return Optional.of(last.ticket);
  }

  /** Whether none waits. */
  synchronized boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** Removes, and returns, those that wait no longer: their clients have gone. */
  synchronized List<T> expired() {
    long now = clock.getAsLong();
    List<Waiting<T>> expired = waiting.stream().filter(each -> now - each.deadline >= 0).toList();
    waiting.removeAll(expired);
    return expired.stream().map(Waiting::ticket).toList();
  }

  /** The next of a worker, if it may be checked now; then {@link #checked} must be called. */
  synchronized Optional<T> next(int worker) {
    Optional<Waiting<T>> next =
        waiting.stream().filter(each -> each.worker == worker).min(order()).filter(this::mayStart);
    next.ifPresent(waiting::remove);
    return next.map(Waiting::ticket);
  }

  private boolean mayStart(Waiting<T> next) {
    long rest = restUntil[next.worker] - clock.getAsLong();
    return rest <= (cost(next.block) > 0 ? 0 : limits.debtNanos);
  }

  private Comparator<Waiting<T>> order() {
    return Comparator.<Waiting<T>>comparingDouble(each -> cost(each.block))
        .thenComparingLong(Waiting::before)
        .thenComparingLong(Waiting::number);
  }

  /** A check has ended, and has taken so long. */
  synchronized void checked(AddressBlock block, int worker, long nanos, boolean right) {
    long now = clock.getAsLong();
    // What is owed is not paid while it computes.
    long owed = Math.max(0, restUntil[worker] + nanos - now);
    restUntil[worker] = now + owed + REST * nanos;
    if (!right) {
      costs.put(block, new Cost(cost(block) + nanos, now));
      costs.values().removeIf(cost -> forgotten(cost, now));
      if (costs.size() > MAX_BLOCKS) {
        costs.entrySet().stream()
            .min(Comparator.comparingDouble(each -> each.getValue().at(now)))
            .ifPresent(least -> costs.remove(least.getKey()));
      }
    }
  }

  private double cost(AddressBlock block) {
    Cost cost = costs.get(block);
    long now = clock.getAsLong();
    return cost == null || forgotten(cost, now) ? 0 : cost.at(now);
  }

  private static boolean forgotten(Cost cost, long now) {
    return cost.at(now) < TimeUnit.MICROSECONDS.toNanos(100);
  }
}
