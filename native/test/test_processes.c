/* A child of the launcher's names the processes that hold sockets, and can do nothing else. */
#include "launched.h"

#include "../launcher/confine.h"
#include "../launcher/processes.h"

#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define USER 65529

static char answer[1 << 20];

static struct processes start(void)
{
	struct processes ends;
	const char *what = "";

	CHECK_EQUAL(0, start_processes(USER, &ends, &what));
	return ends;
}

/* The child's end, which the closed pipes bring about. */
static int end_of(struct processes *ends)
{
	int status;

	close(ends->question);
	close(ends->answer);
	CHECK_EQUAL(ends->child, waitpid(ends->child, &status, 0));
	return status;
}

/* Up to the empty line. */
static void read_answer(int from)
{
	size_t length = 0;

	do {
		ssize_t more = read(from, answer + length, sizeof(answer) - 1 - length);

		CHECK(more > 0);
		length += (size_t)more;
		answer[length] = '\0';
	} while (!(length == 1 && *answer == '\n') &&
		 !(length > 1 && strcmp(answer + length - 2, "\n\n") == 0));
}

static void ask(const struct processes *ends)
{
	CHECK_EQUAL(1, write(ends->question, "?", 1));
	read_answer(ends->answer);
}

static void need_privileges(void)
{
	need_to_start();
	need_root();
}

/* A process of that name and user with a socket, whose inode number it returns. */
static unsigned long long open_socket_as(const char *name, uid_t user, pid_t *holder)
{
	struct stat found;
	int ends[2], fd = socket(AF_INET, SOCK_STREAM, 0);
	char byte;

	CHECK(fd >= 0 && fstat(fd, &found) == 0 && pipe(ends) == 0);
	*holder = children_fork();
	if (*holder == 0) {
		prctl(PR_SET_NAME, name);
		if (setresuid(user, user, user) < 0 || write(ends[1], "", 1) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	CHECK_EQUAL(1, read(ends[0], &byte, 1));
	close(ends[0]);
	close(ends[1]);
	close(fd);
	return found.st_ino;
}

static bool names(unsigned long long inode, pid_t pid, const char *name)
{
	char line[128];

	snprintf(line, sizeof(line), "%llu %d %s\n", inode, (int)pid, name);
	return strncmp(answer, line, strlen(line)) == 0 || (snprintf(line, sizeof(line),
		"\n%llu %d %s\n", inode, (int)pid, name) > 0 && strstr(answer, line));
}

TEST(it_names_the_processes_of_every_user_by_the_sockets_they_hold)
{
	pid_t roots, others;
	unsigned long long first, second;
	struct processes ends;

	need_privileges();
	first = open_socket_as("of root", 0, &roots);
	second = open_socket_as("of another", 1, &others);
	ends = start();
	for (int i = 0; i < 3; i++) {
		ask(&ends);
		CHECK(names(first, roots, "of root"));
		CHECK(names(second, others, "of another"));
	}
	CHECK_EQUAL(0, end_of(&ends));
	children_end();
}

TEST(what_a_name_has_of_control_characters_is_replaced)
{
	pid_t pid;
	unsigned long long inode;
	struct processes ends;

	need_privileges();
	inode = open_socket_as("\033]0;a\007\n\177\t\303\251", 0, &pid);
	ends = start();
	ask(&ends);
	CHECK(names(inode, pid, "?]0;a????\303\251"));
	CHECK_EQUAL(0, end_of(&ends));
	children_end();
}

/* One process must not hold up the others. */
TEST(of_each_process_so_many_descriptors_are_read_and_no_more)
{
	const struct rlimit many = { PROCESSES_DESCRIPTORS + 100, PROCESSES_DESCRIPTORS + 100 };
	struct processes ends;
	int count = 0, pair[2];
	pid_t pid;
	char byte, of_child[32];

	need_privileges();
	CHECK_EQUAL(0, pipe(pair));
	pid = children_fork();
	if (pid == 0) {
		if (setrlimit(RLIMIT_NOFILE, &many) < 0)
			_exit(1);
		while (socket(AF_INET, SOCK_STREAM, 0) >= 0)
			;
		if (write(pair[1], "", 1) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	CHECK_EQUAL(1, read(pair[0], &byte, 1));
	close(pair[0]);
	close(pair[1]);
	ends = start();
	ask(&ends);
	snprintf(of_child, sizeof(of_child), " %d test_processes\n", (int)pid);
	for (const char *line = strstr(answer, of_child); line; line = strstr(line + 1, of_child))
		count++;
	CHECK(count > PROCESSES_DESCRIPTORS - 100 && count <= PROCESSES_DESCRIPTORS);
	CHECK_EQUAL(0, end_of(&ends));
	children_end();
}

static bool status_has(pid_t pid, const char *wanted)
{
	char path[64], text[8192] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "re");
	CHECK(file && fread(text, 1, sizeof(text) - 1, file) > 0 && fclose(file) == 0);
	return strstr(text, wanted) != NULL;
}

static int count_descriptors(pid_t pid)
{
	char path[64], target[64];
	int count = 0;

	for (int fd = 0; fd < 64; fd++) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
		count += readlink(path, target, sizeof(target)) > 0;
	}
	return count;
}

TEST(it_keeps_two_privileges_and_three_descriptors)
{
	struct processes ends;

	need_privileges();
	ends = start();
	ask(&ends);
	CHECK(status_has(ends.child, "\nUid:\t65529\t65529\t65529\t65529\n"));
	CHECK(status_has(ends.child, "\nGid:\t65529\t65529\t65529\t65529\n"));
	CHECK(status_has(ends.child, "\nCapInh:\t0000000000000000\nCapPrm:\t0000000000080004\n"
			 "CapEff:\t0000000000080004\nCapBnd:\t0000000000000000\n"
			 "CapAmb:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n"));
	CHECK_EQUAL(3, count_descriptors(ends.child));
	CHECK(getsid(ends.child) == ends.child);
	CHECK_EQUAL(0, end_of(&ends));
}

/* What ends a child under the filter; -1 if it ends by itself. */
static int signal_after(void (*call)(void))
{
	const char *what;
	pid_t pid = children_fork();
	int status;

	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || confine_to_reading(1, &what))
			_exit(1);
		call();
		syscall(SYS_exit_group, 0);
	}
	CHECK_EQUAL(pid, waitpid(pid, &status, 0));
	child_count--;
	CHECK(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	return WIFSIGNALED(status) ? WTERMSIG(status) : -1;
}

static void read_folder(void)
{
	char byte[512];
	int fd = openat(AT_FDCWD, "/proc", CONFINE_FOLDER);

	(void)!read(openat(fd, "stat", CONFINE_FILE), byte, sizeof(byte));
	(void)!readlinkat(fd, "self", byte, sizeof(byte));
	syscall(SYS_getdents64, fd, byte, sizeof(byte));
	close(fd);
	(void)!write(1, "", 0);
}

static void write_to_another(void)
{
	(void)!write(2, "", 0);
}

static void open_for_writing(void)
{
	openat(AT_FDCWD, "/proc/self/comm", O_WRONLY | O_CLOEXEC);
}

static void create(void)
{
	openat(AT_FDCWD, "/proc/self/comm", O_CREAT | O_CLOEXEC, 0600);
}

static void connect_somewhere(void)
{
	socket(AF_INET, SOCK_STREAM, 0);
}

static void send_a_signal(void)
{
	kill(getppid(), 0);
}

static void trace(void)
{
	syscall(SYS_ptrace, 16, getppid(), 0, 0);
}

static void start_a_program(void)
{
	execl("/bin/true", "true", NULL);
}

static void fork_again(void)
{
	syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static void become_root(void)
{
	syscall(SYS_setresuid, 0, 0, 0);
}

static void map_memory(void)
{
	mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

TEST(its_filter_leaves_nothing_but_reading)
{
	void (*const others[])(void) = {
		write_to_another, open_for_writing, create, connect_somewhere, send_a_signal, trace,
		start_a_program, fork_again, become_root, map_memory,
	};

	need_to_start();
	CHECK_EQUAL(-1, signal_after(read_folder));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		CHECK_EQUAL(SIGSYS, signal_after(others[i]));
}

/* Runs a script of sh under the launcher as `user`. */
static int run_script(uid_t user, const char *option, const char *script)
{
	char *arguments[] = { launcher, (char *)option, "/bin/sh", "-c", (char *)script, NULL };
	char **from = option ? arguments : arguments + 1;

	arguments[option ? 0 : 1] = launcher;
	return run_as(user, from);
}

TEST(a_program_without_any_privilege_is_answered_through_two_pipes)
{
	need_privileges();
	CHECK_EQUAL(0, run_script(0, "--processes",
		"test -z \"$SYNOPTIC_PROCESSES_FAILURE\" && test \"$(id -u)\" = 65529 &&"
		" q=${SYNOPTIC_PROCESSES%,*} a=${SYNOPTIC_PROCESSES#*,} &&"
		" eval \"printf x >/proc/self/fd/$q\" &&"
		" eval \"exec 3</proc/self/fd/$a\" && while read -r inode pid name <&3; do"
		" test -n \"$inode\" || exit 0; test -n \"$pid\" || exit 1; done; exit 1"));
	CHECK_EQUAL(0, strlen(said));
}

TEST(who_may_not_read_processes_has_the_reason_and_starts_all_the_same)
{
	need_to_start();
	CHECK_EQUAL(0, run_script(geteuid() == 0 ? 65534 : geteuid(), "--processes",
		"test \"$SYNOPTIC_PROCESSES_FAILURE\" = permission && test -z \"$SYNOPTIC_PROCESSES\""));
}

TEST(what_the_environment_says_of_such_pipes_is_not_passed_on)
{
	need_to_start();
	setenv("SYNOPTIC_PROCESSES", "0,1", 1);
	setenv("SYNOPTIC_PROCESSES_FAILURE", "made up", 1);
	CHECK_EQUAL(0, run_script(geteuid(), NULL,
		"test -z \"$SYNOPTIC_PROCESSES$SYNOPTIC_PROCESSES_FAILURE\""));
	unsetenv("SYNOPTIC_PROCESSES");
	unsetenv("SYNOPTIC_PROCESSES_FAILURE");
}

MAIN()
