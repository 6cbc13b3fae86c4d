package io.synoptic.findings;

import io.synoptic.KernelCounter;
import io.synoptic.ListenerGroup;
import io.synoptic.NamespaceReport;
import io.synoptic.Owner;
import java.util.OptionalDouble;
import java.util.function.Consumer;

/**
 * One network namespace as the rules see it.
 *
 * @param now the latest figures
 * @param memory what was before
 * @param history of its listeners
 * @param shell for commands in it
 * @param found takes what is found
 * @param unknown takes what can't be known
 */
record Scene(
    NamespaceReport now,
    NamespaceMemory memory,
    History history,
    Shell shell,
    Consumer<Finding> found,
    Consumer<Unknown> unknown) {

  OptionalDouble value(KernelCounter counter) {
    return Levels.value(now, counter);
  }

  GroupView past(ListenerGroup group) {
    return history.group(now.name(), group.address(), group.port());
  }

  Subject of(ListenerGroup group) {
    return new Subject(
        now.name(),
        Subject.Kind.LISTENER,
        group.address(),
        group.port(),
        group.owner(),
        group.process());
  }

  Subject of(Owner owner) {
    return owner.equals(Owner.NONE)
        ? ofNamespace()
        : new Subject(now.name(), Subject.Kind.OWNER, "", "", owner, "");
  }

  Subject ofNamespace() {
    return new Subject(now.name(), Subject.Kind.NAMESPACE, "", "", Owner.NONE, "");
  }

  Subject ofHost() {
    return new Subject(now.name(), Subject.Kind.HOST, "", "", Owner.NONE, "");
  }
}
