/*
 * exchange.c - a busy loopback server and its client, and how long each exchange took.
 *
 * usage: exchange RATE SECONDS
 *
 * An exchange is a new connection, a request and a response. RATE start in a second, each at a
 * time fixed beforehand, and its latency counts from that time: whatever delays the client delays
 * the exchanges behind it, too, and none of it is left out. Prints how many there were, and the
 * 50th, 99th and 99.9th percentile and the maximum in nanoseconds.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define REQUEST 64
#define RESPONSE 1024
#define SECOND 1000000000LL

static char bytes[RESPONSE];

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * SECOND + time.tv_nsec;
}

static void sleep_until(int64_t moment)
{
	struct timespec time = { .tv_sec = moment / SECOND, .tv_nsec = moment % SECOND };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR)
		;
}

static int open_listener(struct sockaddr_in *address)
{
	socklen_t size = sizeof(*address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*address = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	if (fd < 0 || bind(fd, (const struct sockaddr *)address, size) < 0 ||
	    listen(fd, 1024) < 0 || getsockname(fd, (struct sockaddr *)address, &size) < 0)
		err(EXIT_FAILURE, "can't listen");
	return fd;
}

static _Noreturn void serve(int listener)
{
	static char request[REQUEST];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0)
			err(EXIT_FAILURE, "the server can't accept");
		if (recv(fd, request, sizeof(request), MSG_WAITALL) == REQUEST)
			send(fd, bytes, RESPONSE, MSG_NOSIGNAL);
		close(fd);
	}
}

/* Resets at the end: timewait sockets would fill the table and use up the ports. */
static void exchange(const struct sockaddr_in *server)
{
	static const struct linger reset = { .l_onoff = 1 };
	static char response[RESPONSE];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)server, sizeof(*server)) < 0)
		err(EXIT_FAILURE, "can't connect");
	if (send(fd, bytes, REQUEST, MSG_NOSIGNAL) != REQUEST ||
	    recv(fd, response, sizeof(response), MSG_WAITALL) != RESPONSE)
		err(EXIT_FAILURE, "an exchange broke off");
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(fd);
}

static int ascending(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

	return (a > b) - (a < b);
}

static void report(int64_t *latencies, long count)
{
	qsort(latencies, count, sizeof(*latencies), ascending);
	printf("%ld %lld %lld %lld %lld\n", count, (long long)latencies[count / 2],
	       (long long)latencies[count * 99 / 100], (long long)latencies[count * 999 / 1000],
	       (long long)latencies[count - 1]);
}

int main(int argc, char **argv)
{
	long rate = argc == 3 ? atol(argv[1]) : 0, seconds = argc == 3 ? atol(argv[2]) : 0;
	long count = rate * seconds;
	struct sockaddr_in server;
	int64_t *latencies, start;
	int listener;

	if (rate < 1 || seconds < 1)
		errx(2, "usage: exchange RATE SECONDS");
	latencies = calloc(count, sizeof(*latencies));
	if (!latencies)
		err(EXIT_FAILURE, "%ld exchanges", count);
	listener = open_listener(&server);
	if (fork() == 0)
		serve(listener);
	close(listener);

	prctl(PR_SET_TIMERSLACK, 1);
	start = now() + SECOND / 100;
	for (long i = 0; i < count; i++) {
		int64_t scheduled = start + i * SECOND / rate;

		sleep_until(scheduled);
		exchange(&server);
		latencies[i] = now() - scheduled;
	}
	report(latencies, count);
	free(latencies);
	return EXIT_SUCCESS;
}
