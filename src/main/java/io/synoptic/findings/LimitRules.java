package io.synoptic.findings;

import io.synoptic.KernelCounter;
import io.synoptic.ListenerGroup;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What limits a queue that was full. The kernel takes the smaller of the program's backlog argument
 * and {@code net.core.somaxconn}, in listen(2) and never again.
 */
final class LimitRules {
  private LimitRules() {}

  /** Of a group whose accept queue or SYN queue is full or was. */
  static void find(Scene scene, ListenerGroup group, GroupView past) {
    Optional<Long> backlog = Levels.backlog(group);
    if (backlog.isEmpty() || !ListenerRules.isNumber(group.port())) {
      return; // Of several sockets with several limits.
    }
    OptionalDouble somaxconn = scene.value(KernelCounter.SOMAXCONN);
    if (somaxconn.isEmpty()) {
      scene
          .unknown()
          .accept(
              new Unknown(
                  "what limits a queue that was full",
                  "net.core.somaxconn can't be read"
                      + UnknownRules.of(scene.now().name())
                      + ": compare it with the limit, which is Send-Q in ss -ltn."));
      return;
    }
    long limit = backlog.get();
    long most = (long) somaxconn.getAsDouble();
    FindingBuilder finding =
        new FindingBuilder(
                limit < most ? FindingKind.LIMITED_BY_BACKLOG : FindingKind.LIMITED_BY_SOMAXCONN,
                Severity.WARNING,
                scene.of(group))
            .since(past.memory().fullSince().or(past.memory()::lastFull))
            .count(
                "limit of each socket",
                limit,
                group.sockets() == 1 ? "synoptic_tcp_listener_accept_queue_limit" : "")
            .count("net.core.somaxconn", most, "synoptic_tcp_somaxconn")
            .count("listening sockets", group.sockets(), "synoptic_tcp_listener_sockets");
    String helps =
        past.isFullFor(Thresholds.BURST)
            ? " It has been full for so long that more room does not help: the program must accept."
            : " It is too small for the bursts that come.";
    scene
        .found()
        .accept(
            limit < most
                ? byBacklog(finding, scene, group, limit, most, helps)
                : bySomaxconn(finding, scene, group, limit, most, helps));
  }

  private static Finding byBacklog(
      FindingBuilder finding,
      Scene scene,
      ListenerGroup group,
      long limit,
      long most,
      String helps) {
    return finding
        .meaning(
            "The limit is below net.core.somaxconn, so it is the backlog argument that the program"
                + " gave to listen(2), or what somaxconn was when the program started."
                + helps)
        .action(
            "Raise the backlog in the program's configuration and restart it. nginx: backlog= of"
                + " listen; Redis: tcp-backlog; Tomcat: acceptCount; gunicorn: --backlog; Node.js:"
                + " listen({backlog}).")
        .action(
            "See whether the new limit is there: it is Send-Q.",
            scene.shell().run("ss -ltn" + ListenerRules.filter(group)))
        .avoid(
            "Do not raise net.core.somaxconn for it: it is "
                + most
                + " already, and limits nothing.")
        .build("Its backlog of " + limit + " is the limit, not net.core.somaxconn.");
  }

  private static Finding bySomaxconn(
      FindingBuilder finding,
      Scene scene,
      ListenerGroup group,
      long limit,
      long most,
      String helps) {
    if (limit > most) {
      return finding
          .meaning(
              "The program called listen(2) when net.core.somaxconn was higher than now. When it is"
                  + " restarted, the limit is cut to "
                  + most
                  + "."
                  + helps)
          .action(
              "Raise somaxconn before the program is restarted.",
              scene.shell().run("sysctl -w net.core.somaxconn=" + 2 * limit))
          .avoid("Do not restart the program before: its queue would become smaller.")
          .build("Its limit of " + limit + " is above net.core.somaxconn, which is " + most + ".");
    }
    return finding
        .meaning(
            "The limit is net.core.somaxconn: the kernel cuts each backlog argument to it. What the"
                + " program asked for is not known; it may be the same."
                + helps)
        .action(
            "Raise somaxconn, and in /etc/sysctl.d to keep it.",
            scene.shell().run("sysctl -w net.core.somaxconn=" + Math.max(4096, 2 * most)))
        .action(
            "Restart the program: it asks for its backlog in listen(2) alone. If Send-Q is not"
                + " higher then, raise the backlog in its configuration, too.",
            scene.shell().run("ss -ltn" + ListenerRules.filter(group)))
        .avoid("Do not raise the program's backlog alone: the kernel cuts it to " + most + ".")
        .build("net.core.somaxconn is the limit: " + most + ".");
  }
}
