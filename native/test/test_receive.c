/* The loop that receives a dump, against a kernel that answers oddly, late or never. */
#include "namespace.h"
#include "sock_diag.h"
#include "start_tally.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

#define CONNECTIONS 20 /* a family; rows for more than one datagram */
#define TIMEOUT_MS 100
#define SLACK_MS 200 /* for a busy machine */
#define LONG_MS 10000

/* What becomes of an answer on its way from the kernel to the loop. */
static enum {
	UNCHANGED,
	TRUNCATED,      /* does not fit */
	ENDLESS,        /* starts again where it should end */
	NEVER_READABLE, /* EAGAIN, whatever poll() says */
	INTERRUPTED,    /* EINTR */
	EMPTY,          /* datagrams of no bytes */
	NAMELESS,       /* no sender */
	FORGED,         /* a process for a sender */
	LATE_REFUSAL,   /* ends in EINVAL, its rows having come */
	UNSENT,         /* the request is lost, so nothing comes */
	AGES_UNSENT,    /* the third and all that follow are: those for ages */
	AGES_REFUSED,   /* these are refused */
	AGES_GONE,      /* as if the sockets were closed meanwhile */
} answer;

/* Datagrams, from the first on, that `answer` happens to. */
static uint32_t odd_datagrams;
static uint32_t receives, sends;

static struct synoptic_snapshot snapshot;
static struct synoptic_namespace namespace;
static struct tally tally;

ssize_t __real_recvmsg(int fd, struct msghdr *header, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *header, int flags);
ssize_t __real_send(int fd, const void *bytes, size_t size, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t size, int flags);

static ssize_t receive_truncated(int fd, struct msghdr *header, int flags)
{
	size_t whole = header->msg_iov->iov_len;
	ssize_t size;

	header->msg_iov->iov_len = 1000;
	size = __real_recvmsg(fd, header, flags);
	header->msg_iov->iov_len = whole;
	return size;
}

static ssize_t receive_endless(int fd, struct msghdr *header, int flags)
{
	static char first[32768];
	static ssize_t first_size;
	ssize_t size;

	if (receives == 1) {
		size = __real_recvmsg(fd, header, flags);
		first_size = size;
		if (size > 0)
			memcpy(first, header->msg_iov->iov_base, (size_t)size);
		return size;
	}
	memcpy(header->msg_iov->iov_base, first, (size_t)first_size);
	*(struct sockaddr_nl *)header->msg_name = (struct sockaddr_nl){ .nl_family = AF_NETLINK };
	return first_size;
}

static ssize_t receive_changed(int fd, struct msghdr *header, int flags)
{
	ssize_t size = __real_recvmsg(fd, header, flags);
	struct sockaddr_nl *sender = header->msg_name;
	struct nlmsghdr *message = header->msg_iov->iov_base;

	if (answer == NAMELESS)
		header->msg_namelen = 0;
	if (answer == FORGED)
		sender->nl_pid = 1;
	if (answer == LATE_REFUSAL && size > 0 && message->nlmsg_type == NLMSG_DONE)
		*(int *)NLMSG_DATA(message) = -EINVAL;
	return size;
}

static ssize_t fail(int error)
{
	errno = error;
	return -1;
}

ssize_t __wrap_recvmsg(int fd, struct msghdr *header, int flags)
{
	if (++receives > odd_datagrams)
		return __real_recvmsg(fd, header, flags);
	switch (answer) {
	case TRUNCATED:
		return receive_truncated(fd, header, flags);
	case ENDLESS:
		return receive_endless(fd, header, flags);
	case NEVER_READABLE:
		return fail(EAGAIN);
	case INTERRUPTED:
		return fail(EINTR);
	case EMPTY:
		*(struct sockaddr_nl *)header->msg_name =
			(struct sockaddr_nl){ .nl_family = AF_NETLINK };
		return 0;
	default:
		return receive_changed(fd, header, flags);
	}
}

ssize_t __wrap_send(int fd, const void *bytes, size_t size, int flags)
{
	bool of_ages = ++sends > 2;

	if (answer == UNSENT || (answer == AGES_UNSENT && of_ages))
		return (ssize_t)size;
	if (answer == AGES_REFUSED && of_ages)
		return fail(EPERM);
	if (answer == AGES_GONE && of_ages) {
		struct {
			struct nlmsghdr header;
			struct inet_diag_req_v2 body;
		} request;

		CHECK_EQUAL(sizeof(request), size);
		memcpy(&request, bytes, size);
		request.body.id.idiag_cookie[0] ^= 1u << 31;
		return __real_send(fd, &request, size, flags);
	}
	return __real_send(fd, bytes, size, flags);
}

static int scan(int how, uint32_t datagrams, uint32_t timeout_ms)
{
	open_connections(CONNECTIONS);
	start_tally(&tally, &snapshot, &namespace);
	answer = how;
	odd_datagrams = datagrams;
	receives = 0;
	sends = 0;
	return sock_diag_scan(&tally, deadline_in(timeout_ms));
}

static void check_complete(int status)
{
	CHECK_EQUAL(0, status);
	CHECK_EQUAL(6 * CONNECTIONS, snapshot.scanned_sockets);
}

static int64_t milliseconds(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void check_timeout(int how)
{
	int64_t start, took;
	int status;

	open_connections(CONNECTIONS);
	start = milliseconds(CLOCK_MONOTONIC);
	status = scan(how, UINT32_MAX, TIMEOUT_MS);
	took = milliseconds(CLOCK_MONOTONIC) - start;
	CHECK_EQUAL(-ETIMEDOUT, status);
	CHECK(took >= TIMEOUT_MS - 1);
	CHECK(took < TIMEOUT_MS + SLACK_MS);
}

TEST(an_answer_comes_in_three_datagrams_and_is_complete)
{
	check_complete(scan(UNCHANGED, 0, LONG_MS));
	CHECK(receives >= 3);
}

TEST(a_datagram_that_does_not_fit_is_EMSGSIZE)
{
	CHECK_EQUAL(-EMSGSIZE, scan(TRUNCATED, 1, LONG_MS));
	CHECK_EQUAL(0, snapshot.scanned_sockets);
}

TEST(an_answer_that_never_ends_is_given_up_in_time)
{
	check_timeout(ENDLESS);
	CHECK(snapshot.duplicate_sockets > snapshot.scanned_sockets);
}

TEST(a_kernel_that_never_answers_is_given_up_in_time)
{
	check_timeout(UNSENT);
}

TEST(waiting_for_an_answer_sleeps)
{
	int64_t before, burnt;

	open_connections(CONNECTIONS);
	before = milliseconds(CLOCK_PROCESS_CPUTIME_ID);
	check_timeout(UNSENT);
	burnt = milliseconds(CLOCK_PROCESS_CPUTIME_ID) - before;
	CHECK(burnt < TIMEOUT_MS / 2);
	CHECK(receives <= 3);
}

TEST(an_answer_that_poll_promises_and_recvmsg_denies_is_given_up_in_time)
{
	check_timeout(NEVER_READABLE);
}

TEST(an_answer_that_is_late_is_waited_for)
{
	check_complete(scan(NEVER_READABLE, 5, LONG_MS));
}

TEST(a_signal_does_not_end_a_scan_and_a_storm_of_them_does_not_prolong_it)
{
	check_complete(scan(INTERRUPTED, 5, LONG_MS));
	check_timeout(INTERRUPTED);
}

TEST(an_empty_datagram_is_neither_a_row_nor_the_end)
{
	check_complete(scan(EMPTY, 5, LONG_MS));
	check_timeout(EMPTY);
}

TEST(a_datagram_without_a_sender_is_EPROTO)
{
	CHECK_EQUAL(-EPROTO, scan(NAMELESS, 1, LONG_MS));
	CHECK_EQUAL(0, snapshot.scanned_sockets);
}

TEST(a_refusal_after_rows_is_no_reason_to_ask_family_by_family)
{
	CHECK_EQUAL(-EINVAL, scan(LATE_REFUSAL, UINT32_MAX, LONG_MS));
	CHECK_EQUAL(1, sends);
}

/* Of a connection in CLOSE_WAIT more. */
static void check_ages(int how, bool known, uint32_t least)
{
	struct connection half_closed;

	open_connections(CONNECTIONS);
	half_closed = connect_loopback(AF_INET6);
	CHECK_EQUAL(0, shutdown(half_closed.client, SHUT_WR));
	usleep(50000);
	CHECK_EQUAL(0, scan(how, 0, LONG_MS));
	CHECK_EQUAL(3, sends);
	CHECK_EQUAL(6 * CONNECTIONS + 3, snapshot.scanned_sockets);
	CHECK_EQUAL(known, (tally.known & SYNOPTIC_KNOWN_AGES) != 0);
	for (uint32_t i = 0; i < listeners.count; i++)
		if (listener_rows[i].connections[TCP_CLOSE_WAIT])
			CHECK(listener_rows[i].close_wait.oldest >= least);
	close_connection(half_closed);
}

TEST(without_ages_a_scan_is_as_good_as_before)
{
	int64_t start;

	check_ages(UNCHANGED, true, 40);
	check_ages(AGES_REFUSED, false, 0);
	check_ages(AGES_GONE, true, 0);
	start = milliseconds(CLOCK_MONOTONIC);
	check_ages(AGES_UNSENT, false, 0);
	CHECK(milliseconds(CLOCK_MONOTONIC) - start < LONG_MS / 2);
}

TEST(an_answer_by_a_process_is_none)
{
	check_timeout(FORGED);
	CHECK_EQUAL(0, snapshot.scanned_sockets);
	CHECK(snapshot.rejected_messages[SYNOPTIC_REJECTED_SENDER] >= 3);
}

MAIN()
