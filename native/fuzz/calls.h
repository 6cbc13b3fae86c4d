/*
 * calls.h - system calls in whose place targets have their own. Before it is included, a target defines
 * PLAYING, which says whether an input is being played, those of OWN_OPEN, OWN_READ and OWN_FCNTL
 * that it has and, to count what is left open, OWN_CLOSE. It links with --wrap of these.
 */
#ifndef FUZZ_CALLS_H
#define FUZZ_CALLS_H

#include <errno.h>
#include <stdarg.h>
#include <sys/types.h>

#define OWN_DESCRIPTORS 1000 /* that and all above */

static inline int fail_with(int error)
{
	errno = error;
	return -1;
}

#ifdef OWN_OPEN
static int OWN_OPEN(const char *path, int flags);
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);

int __wrap_open(const char *path, int flags, ...)
{
	return PLAYING ? OWN_OPEN(path, flags) : __real_open(path, flags, 0600);
}
#endif

#ifdef OWN_READ
static ssize_t OWN_READ(int fd, void *bytes, size_t size);
ssize_t __real_read(int fd, void *bytes, size_t size);
ssize_t __wrap_read(int fd, void *bytes, size_t size);

ssize_t __wrap_read(int fd, void *bytes, size_t size)
{
	return fd >= OWN_DESCRIPTORS ? OWN_READ(fd, bytes, size) : __real_read(fd, bytes, size);
}
#endif

#ifdef OWN_FCNTL
static int OWN_FCNTL(int fd, int command);
int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...);

int __wrap_fcntl(int fd, int command, ...)
{
	va_list arguments;
	long argument;

	if (PLAYING)
		return OWN_FCNTL(fd, command);
	va_start(arguments, command);
	argument = va_arg(arguments, long);
	va_end(arguments);
	return __real_fcntl(fd, command, argument);
}
#endif

#ifdef OWN_CLOSE
static int opened; /* of the target's own */
int __real_close(int fd);
int __wrap_close(int fd);

int __wrap_close(int fd)
{
	if (fd < OWN_DESCRIPTORS)
		return __real_close(fd);
	opened--;
	return 0;
}
#endif

#endif
