package io.synoptic.bench;

import java.util.Arrays;

/**
 * A line of namespaces.csv: what it cost in one round to read all namespaces.
 *
 * @param sockets in each
 * @param dumpNanos the CPU of setns() and a bare dump for each
 * @param bpfNanos the CPU of one scan of all
 * @param longestNanos the CPU of that scan's longest system call, which holds a core
 * @param agentNanos the CPU of one scrape of an agent that reads through bpf
 */
record Scans(
    int namespaces,
    int sockets,
    int round,
    long dumpNanos,
    long bpfNanos,
    long longestNanos,
    long agentNanos) {
  static final String HEADER = "namespaces,sockets,round,dump_ns,bpf_ns,longest_ns,agent_ns";

  String csv() {
    return namespaces
        + ","
        + sockets
        + ","
        + round
        + ","
        + dumpNanos
        + ","
        + bpfNanos
        + ","
        + longestNanos
        + ","
        + agentNanos;
  }

  static Scans parse(String csv) {
    long[] fields = Arrays.stream(csv.split(",", -1)).mapToLong(Long::parseLong).toArray();
    return new Scans(
        (int) fields[0],
        (int) fields[1],
        (int) fields[2],
        fields[3],
        fields[4],
        fields[5],
        fields[6]);
  }
}
