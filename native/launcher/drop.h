/* drop.h - gives up every privilege for good. */
#ifndef DROP_H
#define DROP_H

#include <stdbool.h>
#include <sys/types.h>

/* Keeps its user. */
#define DROP_NO_USER ((uid_t)-1)

/*
 * Empties every set of capabilities and makes sure that no program started from here gets
 * any, set-user-ID programs included. With a `user` it also takes on that uid and gid, and leaves all other
 * groups. Returns 0, or -errno and in `what` the call that failed: nothing must be started then.
 */
int drop_privileges(uid_t user, const char **what);

/*
 * As drop_privileges(), but keeps CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH, if it has them, for itself: it
 * can read the descriptors of every process in /proc. No process of the same user can trace it.
 */
int drop_to_reading_processes(uid_t user, const char **what);

/* Whether it has CAP_SYS_PTRACE. */
bool may_read_processes(void);

/* Takes on that uid and the gid of the same number, and leaves all other groups. Returns as above. */
int drop_root(uid_t user, const char **what);

#endif
