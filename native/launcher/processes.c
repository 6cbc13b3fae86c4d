/* processes.c - reads /proc/PID/fd of every process, with static buffers and eight system calls. */
#include "processes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "confine.h"
#include "drop.h"

/* The child's descriptors; more can't be opened than a look at one process takes. */
enum { QUESTION, ANSWER, PROCFS, FIRST_FREE, DESCRIPTORS = FIRST_FREE + 4 };

/* Names of threads of the kernel's have up to 63 bytes. */
#define LONGEST_NAME 64
#define LONGEST_LINE (20 + 1 + 10 + 1 + LONGEST_NAME + 1)

struct output {
	int descriptor;
	size_t used;
	char text[16384];
};

/* As getdents64(2) has it. */
struct entry {
	uint64_t inode;
	int64_t offset;
	unsigned short length;
	unsigned char type;
	char name[];
};

struct folder {
	int descriptor;
	long length, at;
	_Alignas(struct entry) char entries[16384];
};

static int flush(struct output *output)
{
	size_t sent = 0;

	while (sent < output->used) {
		ssize_t more = write(output->descriptor, output->text + sent, output->used - sent);

		if (more < 0)
			return -errno;
		sent += (size_t)more;
	}
	output->used = 0;
	return 0;
}

/* The next name, NULL at the end. What has gone meanwhile has ended. */
static const char *next_name(struct folder *folder)
{
	const struct entry *entry;

	if (folder->at >= folder->length) {
		folder->at = 0;
		folder->length = syscall(SYS_getdents64, folder->descriptor, folder->entries,
					 sizeof(folder->entries));
		if (folder->length <= 0)
			return NULL;
	}
	entry = (const struct entry *)(const void *)(folder->entries + folder->at);
	folder->at += entry->length;
	return entry->name;
}

static void open_folder(struct folder *folder, int descriptor)
{
	folder->descriptor = descriptor;
	folder->length = 0;
	folder->at = 0;
}

static bool is_number(const char *name)
{
	return *name && name[strspn(name, "0123456789")] == '\0';
}

/* Into `name`, which has room for LONGEST_NAME and the end. */
static void read_name(int process, char *name)
{
	int file = openat(process, "comm", CONFINE_FILE);
	ssize_t length = file < 0 ? -1 : read(file, name, LONGEST_NAME);

	if (file >= 0)
		close(file);
	if (length > 0 && name[length - 1] == '\n')
		length--;
	name[length > 0 ? length : 0] = '\0';
	for (char *byte = name; *byte; byte++)
		if ((unsigned char)*byte < ' ' || *byte == 0x7f)
			*byte = '?';
}

/* The inode number behind a link "socket:[4711]"; 0 if it is none. */
static uint64_t socket_behind(int descriptors, const char *link)
{
	static const char begin[] = "socket:[";
	char target[32];
	ssize_t length = readlinkat(descriptors, link, target, sizeof(target) - 1);

	if (length <= 0)
		return 0;
	target[length] = '\0';
	return strncmp(target, begin, sizeof(begin) - 1) == 0
		? strtoull(target + sizeof(begin) - 1, NULL, 10) : 0;
}

static int list_sockets(int process, const char *pid, int descriptors, struct output *output)
{
	static struct folder folder;
	char name[LONGEST_NAME + 1] = "";
	int seen = 0, status = 0;

	open_folder(&folder, descriptors);
	for (const char *link = next_name(&folder); link && status == 0 && seen < PROCESSES_DESCRIPTORS;
	     link = next_name(&folder)) {
		uint64_t inode = is_number(link) ? socket_behind(descriptors, link) : 0;

		seen += is_number(link);
		if (!inode)
			continue;
		if (!*name)
			read_name(process, name);
		if (output->used + LONGEST_LINE > sizeof(output->text))
			status = flush(output);
		output->used += (size_t)snprintf(output->text + output->used, LONGEST_LINE + 1,
						 "%llu %.10s %s\n", (unsigned long long)inode, pid, name);
	}
	return status;
}

static int look_into(int procfs, const char *pid, struct output *output)
{
	int process = openat(procfs, pid, CONFINE_FOLDER);
	int descriptors = process < 0 ? -1 : openat(process, "fd", CONFINE_FOLDER);
	int status = descriptors < 0 ? 0 : list_sockets(process, pid, descriptors, output);

	if (descriptors >= 0)
		close(descriptors);
	if (process >= 0)
		close(process);
	return status;
}

int answer_processes(int procfs, int out)
{
	static struct output output;
	static struct folder folder;
	int all = openat(procfs, ".", CONFINE_FOLDER), status = all < 0 ? -errno : 0;

	output.descriptor = out;
	output.used = 0;
	open_folder(&folder, all);
	for (const char *pid = all < 0 ? NULL : next_name(&folder); pid && status == 0;
	     pid = next_name(&folder))
		if (is_number(pid))
			status = look_into(procfs, pid, &output);
	if (all >= 0)
		close(all);
	if (status == 0 && output.used == sizeof(output.text))
		status = flush(&output);
	if (status)
		return status;
	output.text[output.used++] = '\n';
	return flush(&output);
}

/* Not to be written to, and small: nothing it does takes more. */
static int limit(const char **what)
{
	static const struct {
		int resource;
		rlim_t most;
	} limits[] = {
		{ RLIMIT_CORE, 0 }, { RLIMIT_FSIZE, 0 }, { RLIMIT_NPROC, 0 }, { RLIMIT_NOFILE, DESCRIPTORS },
	};

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		const struct rlimit both = { limits[i].most, limits[i].most };

		if (setrlimit((__rlimit_resource_t)limits[i].resource, &both) < 0) {
			*what = "setrlimit";
			return -errno;
		}
	}
	return 0;
}

/* The three descriptors alone, under their numbers. */
static int arrange(int question, int answer, const char **what)
{
	int procfs = open("/proc", CONFINE_FOLDER);
	int moved[FIRST_FREE] = { question, answer, procfs };

	*what = "open(/proc)";
	if (procfs < 0)
		return -errno;
	*what = "dup2";
	for (int i = 0; i < FIRST_FREE; i++) {
		moved[i] = fcntl(moved[i], F_DUPFD, FIRST_FREE);
		if (moved[i] < 0)
			return -errno;
	}
	for (int i = 0; i < FIRST_FREE; i++)
		if (dup2(moved[i], i) < 0)
			return -errno;
	*what = "close_range";
	return syscall(SYS_close_range, FIRST_FREE, ~0u, 0) < 0 ? -errno : 0;
}

/* In this order: each step may take what the next one gives up. */
static int become_small(uid_t user, int question, int answer, const char **what)
{
	int status = arrange(question, answer, what);

	/* Away from the terminal, and from its signals. */
	setsid();
	if (status == 0)
		status = drop_to_reading_processes(user, what);
	if (status == 0)
		status = limit(what);
	return status ? status : confine_to_reading(ANSWER, what);
}

static _Noreturn void run_child(uid_t user, int question, int answer)
{
	const char *what = NULL;
	int status = become_small(user, question, answer, &what);
	char byte;

	while (status == 0 && read(QUESTION, &byte, 1) == 1)
		status = answer_processes(PROCFS, ANSWER);
	/* A sanitizer does more than that in _exit(). */
	syscall(SYS_exit_group, 0);
	__builtin_unreachable();
}

static int belong_to(uid_t user, const int *descriptors)
{
	for (int i = 0; i < 2 && user != DROP_NO_USER; i++)
		if (fchown(descriptors[i], user, (gid_t)-1) < 0)
			return -errno;
	return 0;
}

int start_processes(uid_t user, struct processes *ends, const char **what)
{
	int question[2], answer[2], status = 0;
	pid_t child;

	*what = "pipe2";
	if (pipe2(question, O_CLOEXEC) < 0)
		return -errno;
	if (pipe2(answer, O_CLOEXEC) < 0) {
		status = -errno;
		close(question[0]);
		close(question[1]);
		return status;
	}
	*ends = (struct processes){ .question = question[1], .answer = answer[0] };
	*what = "fchown";
	status = belong_to(user, (const int[]){ ends->question, ends->answer });
	child = status ? -1 : fork();
	if (child == 0)
		run_child(user, question[0], answer[1]);
	ends->child = child;
	if (status == 0 && child < 0) {
		*what = "fork";
		status = -errno;
	}
	close(question[0]);
	close(answer[1]);
	if (status) {
		close(ends->question);
		close(ends->answer);
	}
	return status;
}
