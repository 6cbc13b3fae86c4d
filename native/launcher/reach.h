/* reach.h - whether another user can start a program and read its files. */
#ifndef REACH_H
#define REACH_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

/* Why it can't: the file, or the call that failed, and an errno's text. */
struct reach_failure {
	char what[PATH_MAX];
	const char *why;
};

/*
 * Whether `user` can start `program`, an argument vector, and read what its arguments name and the
 * caller can read: FILE, @FILE, -option=FILE. A file that --web.config.file names, and the
 * files that are named in it, are among them. A program without a slash is not looked for.
 */
bool reach(uid_t user, char **program, struct reach_failure *failure);

#endif
