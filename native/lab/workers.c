/* workers.c - the processes that make a population and hold it. */
#define _GNU_SOURCE 1
#include "workers.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "failure.h"
#include "flood.h"

/* More at a time wait for each other: the hash tables' locks, two cores in most labs. */
#define BUILDERS 2

/* A worker's only message, written at once. */
struct report {
	struct census census;
	int result;
	char text[FAILURE_TEXT];
};

_Static_assert(sizeof(struct report) <= PIPE_BUF, "reports must not mix");

static void signal_set(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGCHLD);
}

static void interrupt(int number)
{
	(void)number;
}

/*
 * A worker ends when its lifeline closes, and closes its sockets in order.
 * SIGTERM only interrupts its waits: the parent sends it, or the kernel if the
 * parent died. The parent handles the terminal's signals.
 */
static void become_worker(const struct workers *workers)
{
	const struct sigaction handler = { .sa_handler = interrupt };
	sigset_t signals;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != workers->parent)
		_exit(EXIT_FAILURE);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	sigaction(SIGTERM, &handler, NULL);
	signal_set(&signals);
	sigprocmask(SIG_UNBLOCK, &signals, NULL);
	close(workers->lifeline[1]);
	close(workers->reports[0]);
	close(workers->signals);
	for (size_t i = 0; i < workers->plan->claimed; i++)
		close(workers->plan->claims[i]);
}

static bool is_abandoned(const struct workers *workers)
{
	struct pollfd lifeline = { .fd = workers->lifeline[0], .events = POLLIN };

	return poll(&lifeline, 1, 0) != 0;
}

static void build(const struct workers *workers, unsigned number, struct report *report)
{
	const struct plan *plan = workers->plan;

	memset(report, 0, sizeof(*report));
	census_start(&report->census);
	for (size_t i = 0; i < plan->count && report->result == 0; i++) {
		const struct chunk *chunk = &plan->chunks[i];
		const struct population *population = chunk->population;
		uint64_t since = census_now();

		if (chunk->worker != number)
			continue;
		if (is_abandoned(workers)) {
			report->result = -ECANCELED;
			return;
		}
		report->result = population->recipe->make(chunk, &report->census);
		census_holds(&report->census, since, chunk->holds);
		if (report->result < 0)
			snprintf(report->text, sizeof(report->text), "%.100s: %.280s",
				 population->text, failure_text());
	}
}

/* In rising order; exit() closes in any order: see freeze_syn_recv(). */
static void close_sockets(void)
{
	int end = (int)sysconf(_SC_OPEN_MAX);

	signal(SIGTERM, SIG_IGN);
	flood_end();
	for (int fd = STDERR_FILENO + 1; fd < end; fd++)
		close(fd);
}

static _Noreturn void work(const struct workers *workers, unsigned number)
{
	struct report report;
	char byte;

	become_worker(workers);
	build(workers, number, &report);
	if (write(workers->reports[1], &report, sizeof(report)) == sizeof(report))
		while (read(workers->lifeline[0], &byte, 1) < 0 && errno == EINTR)
			;
	close_sockets();
	_exit(EXIT_SUCCESS);
}

static int start_worker(struct workers *workers)
{
	unsigned number = workers->started;
	pid_t pid = fork();

	if (pid < 0)
		return failure_call("start worker %u of %u", number + 1, workers->plan->workers);
	if (pid == 0)
		work(workers, number);
	workers->pids[number] = pid;
	workers->started++;
	return 0;
}

static int open_channels(struct workers *workers)
{
	sigset_t signals;

	signal_set(&signals);
	/* A caller may have left it ignored, and then no worker could be waited for. */
	signal(SIGCHLD, SIG_DFL);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return failure_call("block signals");
	workers->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (workers->signals < 0)
		return failure_call("watch for signals");
	if (pipe2(workers->lifeline, O_CLOEXEC) < 0 || pipe2(workers->reports, O_CLOEXEC) < 0)
		return failure_call("open a pipe");
	if (fcntl(workers->reports[0], F_SETFL, O_NONBLOCK) < 0)
		return failure_call("prepare a pipe");
	return 0;
}

static int read_reports(struct workers *workers, struct census *census)
{
	struct report report;

	while (read(workers->reports[0], &report, sizeof(report)) == sizeof(report)) {
		if (report.result < 0)
			return failure(-report.result, "%s", report.text);
		census_merge(census, &report.census);
		workers->ready++;
	}
	return 0;
}

/* No worker ends by itself. */
static int reap(struct workers *workers)
{
	for (unsigned i = 0; i < workers->started; i++) {
		int status;

		if (!workers->pids[i] || waitpid(workers->pids[i], &status, WNOHANG) <= 0)
			continue;
		workers->pids[i] = 0;
		if (WIFSIGNALED(status))
			return failure(ECHILD, "worker %u of %u was ended by signal %d (%s)%s",
				       i + 1, workers->plan->workers, WTERMSIG(status),
				       strsignal(WTERMSIG(status)), WTERMSIG(status) == SIGKILL ?
				       ": is there memory enough?" : "");
		return failure(ECHILD, "worker %u of %u has ended", i + 1,
			       workers->plan->workers);
	}
	return 0;
}

/* Returns a signal that ends the lab, 0 if there is none, or -errno. */
static int read_signals(struct workers *workers)
{
	struct signalfd_siginfo info;

	while (read(workers->signals, &info, sizeof(info)) == sizeof(info)) {
		int result;

		if (info.ssi_signo != SIGCHLD)
			return (int)info.ssi_signo;
		if ((result = reap(workers)) < 0)
			return result;
	}
	return 0;
}

static int start_more(struct workers *workers)
{
	int result = 0;

	while (result == 0 && workers->started < workers->plan->workers &&
	       workers->started - workers->ready < BUILDERS)
		result = start_worker(workers);
	return result;
}

int workers_make(struct workers *workers, const struct plan *plan, struct census *census)
{
	int result;

	*workers = (struct workers){
		.plan = plan, .parent = getpid(), .lifeline = { -1, -1 }, .reports = { -1, -1 },
		.signals = -1, .pids = calloc(plan->workers, sizeof(*workers->pids)),
	};
	census_start(census);
	if (!workers->pids)
		return failure_call("remember %u workers", plan->workers);
	result = open_channels(workers);
	while (result == 0 && workers->ready < plan->workers) {
		struct pollfd ready[] = {
			{ .fd = workers->reports[0], .events = POLLIN },
			{ .fd = workers->signals, .events = POLLIN },
		};

		result = start_more(workers);
		if (result == 0 && poll(ready, 2, -1) < 0 && errno != EINTR)
			result = failure_call("wait for workers");
		if (result == 0)
			result = read_reports(workers, census);
		if (result == 0)
			result = read_signals(workers);
	}
	if (result > 0)
		result = failure(EINTR, "ended by signal %d (%s) before all sockets were made", result,
				 strsignal(result));
	return result;
}

/* Returns 1 at its end. */
static int read_stdin(void)
{
	char buffer[4096];
	ssize_t size = read(STDIN_FILENO, buffer, sizeof(buffer));

	return size == 0 || (size < 0 && errno != EINTR && errno != EAGAIN);
}

int workers_wait(struct workers *workers, unsigned seconds)
{
	uint64_t end = census_now() + (uint64_t)seconds * 1000;
	struct pollfd ready[] = {
		{ .fd = workers->signals, .events = POLLIN },
		{ .fd = seconds ? -1 : STDIN_FILENO, .events = POLLIN },
	};
	int result = 0;

	while (result == 0) {
		uint64_t now = census_now();

		if (seconds && now >= end)
			return 0;
		/* A poll() waits 24 days at most. */
		if (poll(ready, 2, seconds ? (int)(end - now < INT_MAX ? end - now : INT_MAX) : -1)
		    < 0 && errno != EINTR)
			return failure_call("wait");
		if (ready[1].revents && read_stdin())
			return 0;
		result = read_signals(workers);
	}
	return result < 0 ? result : 0;
}

static void close_pipe(const int ends[2])
{
	if (ends[0] >= 0)
		close(ends[0]);
	if (ends[1] >= 0)
		close(ends[1]);
}

void workers_end(struct workers *workers)
{
	close_pipe(workers->lifeline);
	close_pipe(workers->reports);
	if (workers->signals >= 0)
		close(workers->signals);
	for (unsigned i = 0; i < workers->started; i++)
		if (workers->pids[i])
			kill(workers->pids[i], SIGTERM);
	for (unsigned i = 0; i < workers->started; i++)
		while (workers->pids[i] && waitpid(workers->pids[i], NULL, 0) < 0 && errno == EINTR)
			;
	free(workers->pids);
	memset(workers, 0, sizeof(*workers));
}
