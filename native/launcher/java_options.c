/* java_options.c - leaves out options for every Java that the agent sets itself. */
#include "java_options.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const variables[] = { "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS" };

static const char *const settled[] = {
	"-XX:[+-]Use*GC", "-Xm[nsx]*", "-XX:*HeapSize=*", "-XX:*HeapFreeRatio=*", "-XX:*NewSize=*",
	"-XX:NewRatio=*", "-XX:*RAMPercentage=*", "-XX:*RAMFraction=*", "-XX:MaxRAM=*",
};

static bool is_settled(const char *option)
{
	for (size_t i = 0; i < sizeof(settled) / sizeof(settled[0]); i++)
		if (fnmatch(settled[i], option, 0) == 0)
			return true;
	return false;
}

/* A blank within quotes splits an option in two; joined again they are the same. */
static void part(char *options, char *kept, char *left_out)
{
	for (char *rest, *option = strtok_r(options, " \t\n", &rest); option;
	     option = strtok_r(NULL, " \t\n", &rest)) {
		char *to = is_settled(option) ? left_out : kept;

		if (*to)
			strcat(to, " ");
		strcat(to, option);
	}
}

static int leave_out_of(const char *variable)
{
	const char *value = getenv(variable);
	size_t size = value ? strlen(value) + 1 : 0;
	char *options, *kept, *left_out;
	int status = 0;

	if (size <= 1)
		return 0;
	/* Three texts of its length: what it says, what stays, and what doesn't. */
	options = calloc(3, size);
	if (!options)
		return -errno;
	kept = options + size;
	left_out = kept + size;
	memcpy(options, value, size);
	part(options, kept, left_out);
	if (*left_out) {
		fprintf(stderr, "synoptic: of %s it leaves out %s: the agent has its own\n", variable,
			left_out);
		status = (*kept ? setenv(variable, kept, 1) : unsetenv(variable)) < 0 ? -errno : 0;
	}
	free(options);
	return status;
}

int leave_out_java_options(void)
{
	int status = 0;

	for (size_t i = 0; status == 0 && i < sizeof(variables) / sizeof(variables[0]); i++)
		status = leave_out_of(variables[i]);
	return status;
}
