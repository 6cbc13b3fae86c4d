package io.synoptic.internal.owners;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;

/**
 * The names of the processes that hold listening sockets, by the sockets' inode numbers. The links
 * in {@code /proc/<pid>/fd} name them, of the processes that the kernel lets us look into: those of
 * our own user, unless we may trace others.
 *
 * <p>A host has thousands of processes, so one pass over them is made in pieces, and only for
 * listeners not seen before. Of several processes that share a socket the lowest number wins, for
 * that is the parent; process 1 comes last, for it holds the sockets of others.
 */
public final class ListenerProcesses {
  private static final int REMEMBERED = 8192;

  /**
   * A pass may be under way when a socket is first asked for, and it is seen by the one after it.
   */
  private static final int PASSES = 2;

  /** Descriptors are listed from the lowest, and listeners are opened before connections. */
  private static final int DESCRIPTORS = 2048;

  private static final Pattern SOCKET = Pattern.compile("socket:\\[(\\d+)]");

  private final Path procfs;
  private final LongSupplier clock;
  private final SearchLimiter<Long> pace;
  private final Map<Long, String> names = BoundedMap.leastRecentlyUsed(REMEMBERED);
  private final Set<Long> wanted = new HashSet<>();
  private Optional<SocketHolders> holders;
  private int[] pids = {};
  private int next;
  private long passNanos;

  /** Processes shown by a procfs, usually {@code /proc}. */
  public ListenerProcesses(Path procfs) {
    this(procfs, Optional.empty(), System::nanoTime);
  }

  /**
   * Processes shown by a procfs.
   *
   * @param holders who names those of every user, if there is somebody
   */
  public ListenerProcesses(Path procfs, Optional<SocketHolders> holders) {
    this(procfs, holders, System::nanoTime);
  }

  ListenerProcesses(Path procfs, Optional<SocketHolders> holders, LongSupplier clock) {
    this.procfs = procfs;
    this.holders = holders;
    this.clock = clock;
    pace = new SearchLimiter<>(PASSES, clock);
  }

  /** The process's name as the kernel keeps it, 15 bytes at most; empty if it is not known yet. */
  synchronized String of(long inode) {
    String name = names.get(inode);
    if (name == null && inode != 0 && wanted.size() < REMEMBERED && pace.isOpen(inode)) {
      wanted.add(inode);
    }
    return name == null ? "" : name;
  }

  /**
   * Searches for the sockets that were asked for in vain, where the last call has left off. Costs
   * nothing when there are none.
   *
   * @param budget when to leave off; a process is looked through to its end
   * @return whether there is more to do now
   */
  synchronized boolean search(Duration budget) {
    if (holders.isPresent()) {
      ask(holders.get());
      return false;
    }
    if (next == pids.length && !begin()) {
      return false;
    }
    long start = clock.getAsLong();
    while (next < pids.length
        && !wanted.isEmpty()
        && clock.getAsLong() - start < budget.toNanos()) {
      look(procfs.resolve(Integer.toString(pids[next++])));
    }
    passNanos += clock.getAsLong() - start;
    if (next < pids.length && !wanted.isEmpty()) {
      return true;
    }
    pids = new int[0];
    next = 0;
    wanted.clear(); // who is still without a name is asked for again
    pace.searched(passNanos);
    return false;
  }

  /** In one go: the answer has all of them. */
  private void ask(SocketHolders all) {
    if (wanted.isEmpty() || !pace.isDue()) {
      return;
    }
    long start = clock.getAsLong();
    Map<Long, String> found = new HashMap<>();
    Map<Long, String> ofInit = new HashMap<>();
    try {
      all.ask(
          (inode, pid, name) -> {
            if (wanted.contains(inode)) {
              (pid == 1 ? ofInit : found).putIfAbsent(inode, name);
            }
          });
    } catch (IOException e) {
      holders = Optional.empty(); // then what this process itself may see
    }
    ofInit.forEach(found::putIfAbsent);
    names.putAll(found);
    wanted.clear();
    pace.searched(clock.getAsLong() - start);
  }

  private boolean begin() {
    if (wanted.isEmpty() || !pace.isDue()) {
      return false;
    }
    passNanos = 0;
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(procfs, "[0-9]*")) {
      pids =
          StreamSupport.stream(processes.spliterator(), false)
              .mapToInt(process -> Integer.parseInt(process.getFileName().toString()))
              .map(pid -> pid == 1 ? Integer.MAX_VALUE : pid)
              .sorted()
              .map(pid -> pid == Integer.MAX_VALUE ? 1 : pid)
              .toArray();
    } catch (IOException | DirectoryIteratorException | NumberFormatException e) {
      pids = new int[0];
    }
    return true;
  }

  private void look(Path process) {
    Path descriptors = process.resolve("fd");
    if (!Files.isReadable(descriptors)) {
      return; // cheaper than the exception
    }
    try (DirectoryStream<Path> links = Files.newDirectoryStream(descriptors)) {
      int seen = 0;
      for (Path link : links) {
        Matcher socket = SOCKET.matcher(Files.readSymbolicLink(link).toString());
        if (socket.matches()) {
          long inode = Long.parseLong(socket.group(1));
          if (wanted.contains(inode)) {
            names.put(inode, name(process));
            wanted.remove(inode);
          }
        }
        if (++seen == DESCRIPTORS) {
          return;
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      // It has ended, or may be listed but not read.
    }
  }

  private static String name(Path process) throws IOException {
    byte[] comm = Files.readAllBytes(process.resolve("comm"));
    int end = comm.length > 0 && comm[comm.length - 1] == '\n' ? comm.length - 1 : comm.length;
    return new String(Arrays.copyOf(comm, end), StandardCharsets.UTF_8);
  }
}
