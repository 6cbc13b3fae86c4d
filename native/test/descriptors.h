/* descriptors.h - how many descriptors this process has open, to see that none is left behind. */
#ifndef DESCRIPTORS_H
#define DESCRIPTORS_H

#include "test.h"

#include <dirent.h>

static inline int open_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	CHECK(folder);
	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

#endif
