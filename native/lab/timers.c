/* timers.c - connections on which a timer runs. */
#define _GNU_SOURCE 1
#include "timers.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "failure.h"
#include "filter.h"
#include "freeze.h"
#include "loopback.h"

static int set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) < 0
		       ? failure_call("set a connection's options")
		       : 0;
}

int timers_keepalive(const struct connection *connection, enum family family)
{
	(void)family;
	return set(connection->client, SOL_SOCKET, SO_KEEPALIVE, 1);
}

int timers_send_unanswered(const struct connection *connection, enum family family)
{
	int result = filter_mute(connection->client, family);

	if (result == 0)
		result = freeze_be_patient(connection->client);
	if (result == 0 && send(connection->client, "", 1, MSG_DONTWAIT) != 1)
		result = failure_call("send a byte");
	return result;
}

/* More than SMALL_WINDOW. */
int timers_fill_window(const struct connection *connection, enum family family)
{
	static const char bytes[8192];

	(void)family;
	if (send(connection->client, bytes, sizeof(bytes), MSG_DONTWAIT) != sizeof(bytes))
		return failure_call("fill a window");
	return 0;
}

static bool has_repeated(const struct tcp_info *info)
{
	return info->tcpi_retransmits > 0;
}

static bool has_no_window(const struct tcp_info *info)
{
	return info->tcpi_unacked == 0 && info->tcpi_notsent_bytes > 0;
}

static bool got_two_segments(const struct tcp_info *info)
{
	return info->tcpi_segs_in >= 2;
}

static int await(int fd, bool (*is_so)(const struct tcp_info *info), const char *what)
{
	uint64_t since = census_now();
	struct tcp_info info;

	do {
		socklen_t size = sizeof(info);

		if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0)
			return failure_call("read a socket's timers");
		if (is_so(&info))
			return 0;
	} while (loopback_look_again(since));
	return failure(ETIMEDOUT, "%s", what);
}

int timers_await_repeat(const struct connection *connection)
{
	return await(connection->client, has_repeated, "a client repeats no segment: does the "
		     "listener's filter let it through?");
}

int timers_await_zero_window(const struct connection *connection)
{
	return await(connection->client, has_no_window, "a window doesn't close: does somebody "
		     "read from the connection?");
}

int timers_abandon(const struct connection *connection)
{
	int result = loopback_close_gently(connection->client);

	if (result == 0)
		close(connection->client);
	return result;
}

int timers_await_second_syn_ack(const struct connection *connection)
{
	return await(connection->client, got_two_segments, "a listener repeats no SYN-ACK: does its filter "
		     "let the last ACK through?");
}
