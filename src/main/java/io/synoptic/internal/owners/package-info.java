/** Names of owners: cgroups, pods, containers, and the processes that hold listeners. */
@NullMarked
package io.synoptic.internal.owners;

import org.jspecify.annotations.NullMarked;
