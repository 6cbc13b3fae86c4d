/* drop.h - gives up every privilege for good. */
#ifndef DROP_H
#define DROP_H

#include <sys/types.h>

/* Keeps its user. */
#define DROP_NO_USER ((uid_t)-1)

/*
 * Empties every set of capabilities and makes sure that no program started from here gets
 * any, set-user-ID programs included. With a `user` it also takes on that uid and gid, and leaves all other
 * groups. Returns 0, or -errno and in `what` the call that failed: nothing must be started then.
 */
int drop_privileges(uid_t user, const char **what);

/* Takes on that uid and the gid of the same number, and leaves all other groups. Returns as above. */
int drop_root(uid_t user, const char **what);

#endif
