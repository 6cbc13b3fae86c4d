/*
 * launcher.c - loads the BPF program, which takes privileges, then drops all of them and starts
 * another program, which can't get any.
 *
 *   synoptic-launcher [--bpf] [--handshakes] [--processes] [--user=UID] PROGRAM [ARGUMENT...]
 *
 *   --bpf       loads the BPF program that sees every network namespace, and leaves it to
 *               PROGRAM: SYNOPTIC_BPF=P,R in its environment are the descriptors for
 *               synoptic_scan_node(). If that fails, PROGRAM starts all the same, and
 *               SYNOPTIC_BPF_FAILURE says why: a word of load.h. The
 *               verifier's log goes to stderr.
 *   --handshakes
 *               loads and attaches the BPF programs that count connections as they open, fail and
 *               close. They stay attached until PROGRAM and all that has its descriptors has
 *               ended. SYNOPTIC_HANDSHAKES=M,E,F are those for synoptic_read_handshakes(), or
 *               SYNOPTIC_HANDSHAKES_FAILURE says why not. Neither of the two options takes the
 *               other, nor fails with it.
 *   --processes starts a child that names the processes which hold sockets (processes.h), and ends
 *               with PROGRAM. SYNOPTIC_PROCESSES=Q,A are the descriptors for questions and
 *               answers; SYNOPTIC_PROCESSES_FAILURE says why there is none: "permission" without
 *               CAP_SYS_PTRACE, else the call that failed.
 *   --user=UID  PROGRAM runs as this user, of the group of the same number alone. Without it
 *               root becomes 65529, a user of the agent's own. It stays root, and says so,
 *               where that user could not start PROGRAM or read its files.
 *
 * PROGRAM is confined (confine.h), so that it can't pass the descriptors on. sendmmsg(2) is
 * refused, so the DNS resolver must not use it: RES_OPTIONS=single-request.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "confine.h"
#include "drop.h"
#include "java_options.h"
#include "load.h"
#include "processes.h"
#include "reach.h"

#define DESCRIPTORS "SYNOPTIC_BPF"
#define FAILURE "SYNOPTIC_BPF_FAILURE"
#define HANDSHAKES "SYNOPTIC_HANDSHAKES"
#define HANDSHAKES_FAILURE "SYNOPTIC_HANDSHAKES_FAILURE"
#define PROCESSES "SYNOPTIC_PROCESSES"
#define PROCESSES_FAILURE "SYNOPTIC_PROCESSES_FAILURE"
#define RESOLVER "RES_OPTIONS"

/* Not 65534, which other programs use: processes of one user can trace each other. */
#define OWN_USER 65529

/* As in shells: 2 a wrong option, 126 can not be started, 127 not found. */
enum { WRONG_OPTION = 2, CAN_NOT_START = 126, NOT_FOUND = 127 };

/* The error is at the end of the log. */
#define LOG_SHOWN 4096

struct options {
	bool bpf;
	bool handshakes;
	bool processes;
	uid_t user;
	char **program;
};

static const char usage[] = "usage: synoptic-launcher [--bpf] [--handshakes] [--processes] [--user=UID] "
			    "PROGRAM [ARGUMENT...]\n";

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
		else if (strcmp(*arguments, "--handshakes") == 0)
			options->handshakes = true;
		else if (strcmp(*arguments, "--processes") == 0)
			options->processes = true;
		else if (strncmp(*arguments, "--user=", 7) != 0 ||
			 !read_user(*arguments + 7, &options->user))
			return false;
	}
	options->program = arguments;
	return *arguments != NULL;
}

/* PROGRAM prints the reason; only the launcher has the verifier's log. */
static void show_log(const struct load_failure *failure)
{
	size_t length = strlen(failure->log);

	if (length > 0)
		fprintf(stderr, "synoptic: the BPF program could not be loaded: %s: %s\n%s\n",
			failure->reason, failure->detail,
			failure->log + (length > LOG_SHOWN ? length - LOG_SHOWN : 0));
}

static int leave_open(const int *descriptors, int count, const char **what)
{
	*what = "fcntl(F_SETFD)";
	for (int i = 0; i < count; i++)
		if (fcntl(descriptors[i], F_SETFD, 0) < 0)
			return -errno;
	return 0;
}

static int say(const char *variable, const char *text, const char **what)
{
	*what = "setenv";
	return setenv(variable, text, 1) == 0 ? 0 : -errno;
}

static int say_why_not(const char *variable, const struct load_failure *failure, const char **what)
{
	show_log(failure);
	return say(variable, failure->reason, what);
}

static int hand_over(const struct loaded *loaded, const char **what)
{
	const int left[] = { loaded->program, loaded->records };
	char descriptors[32];
	int status = leave_open(left, 2, what);

	snprintf(descriptors, sizeof(descriptors), "%d,%d", loaded->program, loaded->records);
	return status ? status : say(DESCRIPTORS, descriptors, what);
}

static int hand_over_handshakes(const struct loaded_handshakes *loaded, const char **what)
{
	const int left[] = { loaded->map, loaded->events, loaded->forget };
	char descriptors[48];
	int status = leave_open(left, 3, what);

	if (status == 0)
		status = leave_open(loaded->links, 2, what);
	snprintf(descriptors, sizeof(descriptors), "%d,%d,%d", loaded->map, loaded->events,
		 loaded->forget);
	return status ? status : say(HANDSHAKES, descriptors, what);
}

/* Handshakes first: the program that sees namespaces has listeners in the map of these. */
static int load_and_hand_over(const struct options *options, const char **what)
{
	static struct load_failure failure;
	struct loaded_handshakes handshakes;
	struct loaded loaded;
	bool counts = options->handshakes && load_handshakes(&handshakes, &failure) == 0;
	int status = 0;

	if (counts)
		status = hand_over_handshakes(&handshakes, what);
	else if (options->handshakes)
		status = say_why_not(HANDSHAKES_FAILURE, &failure, what);
	if (status || !options->bpf)
		return status;
	if (load_with(counts ? &handshakes : NULL, &loaded, &failure) == 0)
		return hand_over(&loaded, what);
	return say_why_not(FAILURE, &failure, what);
}

/* No descriptors from the caller's environment; a resolver without sendmmsg(2); Java's options. */
static int prepare_environment(const char **what)
{
	const char *set = getenv(RESOLVER);
	char options[1024];

	unsetenv(DESCRIPTORS);
	unsetenv(FAILURE);
	unsetenv(HANDSHAKES);
	unsetenv(HANDSHAKES_FAILURE);
	unsetenv(PROCESSES);
	unsetenv(PROCESSES_FAILURE);
	snprintf(options, sizeof(options), "single-request%s%s", set ? " " : "", set ? set : "");
	*what = "setenv";
	if (setenv(RESOLVER, options, 1) < 0)
		return -errno;
	return leave_out_java_options();
}

/* The user that PROGRAM runs as without --user. */
static uid_t choose_user(char **program)
{
	static struct reach_failure failure;

	if (geteuid() != 0)
		return DROP_NO_USER;
	if (reach(OWN_USER, program, &failure))
		return OWN_USER;
	fprintf(stderr, "synoptic: it stays root, for as uid %d: %s: %s; SYNOPTIC_USER=UID names "
		"another user\n", OWN_USER, failure.what, failure.why);
	return DROP_NO_USER;
}

/* Names are not worth a start that fails. */
static int start_and_hand_over_processes(uid_t user, const char **what)
{
	const char *failed = "permission";
	struct processes ends;
	char descriptors[32];
	int status;

	if (!may_read_processes() || start_processes(user, &ends, &failed))
		return say(PROCESSES_FAILURE, failed, what);
	status = leave_open((const int[]){ ends.question, ends.answer }, 2, what);
	snprintf(descriptors, sizeof(descriptors), "%d,%d", ends.question, ends.answer);
	return status ? status : say(PROCESSES, descriptors, what);
}

/* Returns 0 if PROGRAM can be started. */
static int give_up_privileges(const struct options *options, const char **what)
{
	int status = prepare_environment(what);
	uid_t user = options->user;

	if (user == DROP_NO_USER)
		user = choose_user(options->program);
	/* Before anything is loaded: the child is to have none of it. */
	if (status == 0 && options->processes)
		status = start_and_hand_over_processes(user, what);
	if (status == 0)
		status = load_and_hand_over(options, what);
	if (status == 0)
		status = drop_privileges(user, what);
	return status ? status : confine(what);
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
	status = give_up_privileges(&options, &what);
	if (status) {
		fprintf(stderr, "synoptic: privileges can not be given up: %s: %s; start it without "
			"any, or with CAP_SETPCAP, and CAP_SETUID and CAP_SETGID for a user\n",
			what, strerror(-status));
		return CAN_NOT_START;
	}
	execvp(options.program[0], options.program);
	status = errno == ENOENT ? NOT_FOUND : CAN_NOT_START;
	fprintf(stderr, "synoptic: %s: %s\n", options.program[0], strerror(errno));
	/* No return from main(): a leak sanitizer would use ptrace. */
	_exit(status);
}
