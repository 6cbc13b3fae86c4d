/*
 * launcher.c - starts a program without any privilege and with no way to get one, after it has
 * done with privileges the one thing that takes them.
 *
 *   synoptic-launcher [--bpf] [--user=UID] PROGRAM [ARGUMENT...]
 *
 *   --bpf       loads the BPF program that sees every network namespace, and leaves it to
 *               PROGRAM: SYNOPTIC_BPF=P,R in its environment are the descriptors for
 *               synoptic_scan_node(). If that fails, PROGRAM starts all the same, and
 *               SYNOPTIC_BPF_FAILURE says why: a word of load.h. What the verifier has to
 *               say of the program goes to stderr.
 *   --user=UID  PROGRAM runs as this user, of the group of the same number alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drop.h"
#include "load.h"

#define DESCRIPTORS "SYNOPTIC_BPF"
#define FAILURE "SYNOPTIC_BPF_FAILURE"

/* As shells have it: 2 a wrong option, 126 not to be started, 127 not found. */
enum { WRONG_OPTION = 2, CAN_NOT_START = 126, NOT_FOUND = 127 };

/* The log ends with what is wrong. */
#define LOG_SHOWN 4096

struct options {
	bool bpf;
	uid_t user;
	char **program;
};

static const char usage[] = "usage: synoptic-launcher [--bpf] [--user=UID] PROGRAM [ARGUMENT...]\n";

static bool read_user(const char *text, uid_t *user)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	*user = (uid_t)value;
	return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0 && value < DROP_NO_USER;
}

static bool read_options(char **arguments, struct options *options)
{
	*options = (struct options){ .user = DROP_NO_USER };
	for (; *arguments && strncmp(*arguments, "--", 2) == 0; arguments++) {
		if (strcmp(*arguments, "--bpf") == 0)
			options->bpf = true;
		else if (strncmp(*arguments, "--user=", 7) != 0 ||
			 !read_user(*arguments + 7, &options->user))
			return false;
	}
	options->program = arguments;
	return *arguments != NULL;
}

/* PROGRAM says in its own words why there is no program; the verifier's it can't. */
static void show_log(const struct load_failure *failure)
{
	size_t length = strlen(failure->log);

	if (length > 0)
		fprintf(stderr, "synoptic: the BPF program could not be loaded: %s: %s\n%s\n",
			failure->reason, failure->detail,
			failure->log + (length > LOG_SHOWN ? length - LOG_SHOWN : 0));
}

static bool hand_over(const struct loaded *loaded)
{
	char descriptors[32];

	snprintf(descriptors, sizeof(descriptors), "%d,%d", loaded->program, loaded->records);
	return fcntl(loaded->program, F_SETFD, 0) == 0 &&
	       fcntl(loaded->records, F_SETFD, 0) == 0 &&
	       setenv(DESCRIPTORS, descriptors, 1) == 0;
}

static bool load_and_hand_over(void)
{
	static struct load_failure failure;
	struct loaded loaded;

	if (load(&loaded, &failure) == 0)
		return hand_over(&loaded);
	show_log(&failure);
	return setenv(FAILURE, failure.reason, 1) == 0;
}

int main(int argc, char **argv)
{
	struct options options;
	const char *what = NULL;
	int status;

	(void)argc;
	if (!read_options(argv + 1, &options)) {
		fputs(usage, stderr);
		return WRONG_OPTION;
	}
	/* Nobody else's word. */
	unsetenv(DESCRIPTORS);
	unsetenv(FAILURE);
	if (options.bpf && !load_and_hand_over()) {
		fprintf(stderr, "synoptic: %s\n", strerror(errno));
		return CAN_NOT_START;
	}
	status = drop_privileges(options.user, &what);
	if (status) {
		fprintf(stderr, "synoptic: capabilities can not be dropped: %s: %s; run it without "
			"any, or with CAP_SETPCAP\n", what, strerror(-status));
		return CAN_NOT_START;
	}
	execvp(options.program[0], options.program);
	status = errno == ENOENT ? NOT_FOUND : CAN_NOT_START;
	fprintf(stderr, "synoptic: %s: %s\n", options.program[0], strerror(errno));
	return status;
}
