/* census.c - how many sockets are in which state, and until when. */
#include "census.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <string.h>
#include <time.h>

#include "failure.h"

const char *const census_families[FAMILIES] = {
	[IPV4] = "ipv4", [IPV6] = "ipv6", [MAPPED] = "mapped",
};

const char *const census_states[CENSUS_STATES] = {
	[0] = "",
	[TCP_ESTABLISHED] = "established", [TCP_SYN_SENT] = "syn_sent",
	[TCP_SYN_RECV] = "syn_recv", [TCP_FIN_WAIT1] = "fin_wait1",
	[TCP_FIN_WAIT2] = "fin_wait2", [TCP_TIME_WAIT] = "time_wait",
	[TCP_CLOSE] = "close", [TCP_CLOSE_WAIT] = "close_wait",
	[TCP_LAST_ACK] = "last_ack", [TCP_LISTEN] = "listen",
	[TCP_CLOSING] = "closing",
};

uint64_t census_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void census_start(struct census *census)
{
	memset(census, 0, sizeof(*census));
	census->until = UINT64_MAX;
}

void census_add(struct census *census, enum family family, int state, uint32_t sockets)
{
	/* The kernel unhashes such a socket: no table shows it. */
	if (state != TCP_CLOSE)
		census->sockets[family][state] += sockets;
}

void census_holds(struct census *census, uint64_t since, uint32_t seconds)
{
	uint64_t until = since + (uint64_t)seconds * 1000;

	if (seconds != HOLDS_FOREVER && until < census->until)
		census->until = until;
}

void census_merge(struct census *census, const struct census *part)
{
	for (int family = 0; family < FAMILIES; family++)
		for (int state = 0; state < CENSUS_STATES; state++)
			census->sockets[family][state] += part->sockets[family][state];
	if (part->until < census->until)
		census->until = part->until;
}

int census_report(const struct census *census, FILE *out)
{
	uint64_t now = census_now();

	if (census->until <= now)
		return failure(ETIME, "the first sockets expired before the last were made: "
			       "ask for fewer, or for states that hold longer");
	for (int family = 0; family < FAMILIES; family++)
		for (int state = 0; state < CENSUS_STATES; state++)
			if (census->sockets[family][state])
				fprintf(out, "%s %s %" PRIu32 "\n", census_families[family],
					census_states[state], census->sockets[family][state]);
	if (census->until == UINT64_MAX)
		fputs("holds forever\n", out);
	else
		fprintf(out, "holds %" PRIu64 "\n", (census->until - now) / 1000);
	fputs("ready\n", out);
	if (fflush(out) || ferror(out))
		return failure_call("write the report");
	return 0;
}
