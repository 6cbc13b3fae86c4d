package io.synoptic.findings;

import io.synoptic.ConnectFailure;
import io.synoptic.Owner;

/** What to do about connects that fail, by the reason that most of them have. */
final class ConnectAdvice {
  private ConnectAdvice() {}

  static void give(FindingBuilder finding, Scene scene, Owner owner, ConnectFailure most) {
    switch (most) {
      case REFUSED ->
          finding
              .meaning(
                  "Nothing listens where they go, or a firewall rejects them: the program there is"
                      + " not started, or at another port. \"localhost\" may be ::1 first, where a"
                      + " listener on 127.0.0.1 is not.")
              .avoid("No sysctl here helps: the answer comes from the peer.");
      case TIMED_OUT ->
          finding
              .meaning(
                  "No answer came to any SYN: the peer is down, a firewall drops SYNs, or its accept"
                      + " queue is full.")
              .action(
                  "See where those go that still wait.",
                  scene
                      .shell()
                      .run(
                          "ss -Htn state syn-sent | awk '{print $4}' | sort | uniq -c | sort -n |"
                              + " tail"))
              .avoid("Do not only raise timeouts: programs then wait longer for nothing.");
      case UNREACHABLE ->
          finding
              .meaning("A router says that there is no way, or nobody answers ARP on this link.")
              .action("See who does not answer.", scene.shell().run("ip neigh show nud failed"))
              .action("See the routes.", scene.shell().run("ip route show table all type unicast"))
              .avoid("Do not look at the programs first: their SYNs do not arrive.");
      case NO_PORT ->
          finding
              .meaning(
                  "All local ports towards that destination are taken, most of them by connections"
                      + " in TIME_WAIT if there are many.")
              .action(
                  "See which destination it is, the busiest last.",
                  scene
                      .shell()
                      .run(
                          "ss -Htan | awk '$1 != \"LISTEN\" {print $5}' | sort | uniq -c | sort -n |"
                              + " tail"))
              .action("Pool connections to it and keep them alive.")
              .avoid("net.ipv4.tcp_fin_timeout does not help: it is about FIN_WAIT2.");
      case RESET, ABORTED, OTHER ->
          finding
              .meaning(
                  "A peer or a firewall refuses them, or nobody answers; the program gets the error"
                      + " of its connect.")
              .action(
                  "See where those go that still wait.",
                  scene
                      .shell()
                      .run(
                          "ss -Htn state syn-sent | awk '{print $4}' | sort | uniq -c | sort -n |"
                              + " tail"))
              .action(
                  "Have the reasons counted, by program: start the agent with"
                      + " --collector.handshakes.")
              .avoid("Handshakes that clients of this host reset are counted in it, too.");
    }
    logs(finding, owner);
  }

  /** The program knows to where. */
  private static void logs(FindingBuilder finding, Owner owner) {
    finding.action(
        "The log of the program says to where.",
        ListenerRules.isUnit(owner)
            ? "journalctl --no-pager --since=-10min "
                + Shell.quote("--unit=" + owner.unit())
                + " | tail"
            : "");
  }
}
