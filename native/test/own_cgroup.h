/* own_cgroup.h - a cgroup of the test's own, in the cgroup2 hierarchy. */
#ifndef OWN_CGROUP_H
#define OWN_CGROUP_H

#include "children.h"

#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

static char own_cgroup[PATH_MAX];

/* Ends every child: all processes in it are children. */
static inline void own_cgroup_remove(void)
{
	children_end();
	/* A process is counted for a moment after it has been waited for. */
	for (int i = 0; i < 1000 && own_cgroup[0] && rmdir(own_cgroup) < 0; i++)
		usleep(1000);
	own_cgroup[0] = '\0';
}

/* Where it is mounted; in a hybrid hierarchy not at /sys/fs/cgroup. */
static inline void own_cgroup_mount(char path[PATH_MAX])
{
	FILE *file = fopen("/proc/self/mounts", "re");
	char line[2 * PATH_MAX], type[64] = "";

	CHECK(file);
	while (strcmp(type, "cgroup2") != 0 && fgets(line, sizeof(line), file))
		if (sscanf(line, "%*s %4095s %63s", path, type) != 2)
			type[0] = '\0';
	fclose(file);
	if (strcmp(type, "cgroup2") != 0)
		SKIP("no cgroup2 hierarchy is mounted here");
}

/* Makes it. Returns its id. */
static inline uint64_t own_cgroup_make(void)
{
	char mount[PATH_MAX], path[PATH_MAX + 64];
	struct stat status;

	own_cgroup_mount(mount);
	snprintf(path, sizeof(path), "%s/synoptic-test-%d", mount, (int)getpid());
	CHECK(strlen(path) < sizeof(own_cgroup));
	if (mkdir(path, 0755) < 0)
		SKIP("no cgroup can be made here (root can)");
	strcpy(own_cgroup, path);
	atexit(own_cgroup_remove);
	CHECK_EQUAL(0, stat(own_cgroup, &status));
	return status.st_ino;
}

/* Moves the calling process into it. */
static inline bool own_cgroup_enter(void)
{
	char path[PATH_MAX + 16];
	int fd;
	bool done;

	snprintf(path, sizeof(path), "%s/cgroup.procs", own_cgroup);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	done = fd >= 0 && write(fd, "0", 1) == 1;
	close(fd);
	return done;
}

#endif
