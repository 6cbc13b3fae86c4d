/* flood.c - SYNs without a last ACK. */
#include "flood.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "failure.h"
#include "filter.h"
#include "freeze.h"
#include "loopback.h"
#include "population.h"

#define FIRST_SOURCE 1024u
#define SEQUENCE 1000000u

/* Where a TCP header has its checksum. */
#define CHECKSUM_OFFSET 16

#define ATTEMPTS 50
#define PATIENCE_MILLISECONDS 200

struct flood {
	struct flood *next;
	int listener, raw;
	enum family family;
	unsigned port, admitted;
};

static struct flood *floods;

/* What a checksum covers before the segment: RFC 9293, 3.1. */
struct covered {
	uint32_t source, destination;
	uint16_t protocol, length;
	struct tcphdr segment;
};

static uint32_t source_address(void)
{
	return htonl(INADDR_LOOPBACK + 1);
}

/* Leaves out the listener's own port, where a SYN would seem to come from itself. */
static unsigned source_port(const struct flood *flood, unsigned number)
{
	unsigned port = FIRST_SOURCE + number;

	return port < flood->port ? port : port + 1;
}

static unsigned backlog(const struct population *population)
{
	unsigned half = population->count > 64 ? population->count : 64;

	return population->given & KEY_BACKLOG ? population->backlog : 2 * half;
}

static unsigned admitted(const struct population *population, const struct bounds *bounds)
{
	unsigned room = bounds_syn_queue(bounds, backlog(population));

	return population->count < room ? population->count : room;
}

int flood_measure(const struct population *population, const struct bounds *bounds,
		  struct measure *measure)
{
	unsigned held = admitted(population, bounds);
	unsigned retries = FREEZE_SYN_ACK_RETRIES;

	if (held == 0)
		return failure(ENOBUFS, "%s: net.ipv4.tcp_syncookies is 2, so no SYN is "
			       "queued: set it to 1", population->text);
	if (held > bounds_lasting_syn_queue(bounds, backlog(population)))
		retries = BOUNDS_PRUNED_SYN_RETRIES;
	*measure = (struct measure){
		.units = 1, .chunk = 1, .descriptors = 1,
		.holds = bounds_patience(bounds, retries),
	};
	return 0;
}

/* The kernel makes an IPv6 segment's checksum (IPV6_CHECKSUM), but not an IPv4 one's. */
static uint16_t checksum(const struct tcphdr *segment)
{
	struct covered covered = {
		.source = source_address(), .destination = htonl(INADDR_LOOPBACK),
		.protocol = htons(IPPROTO_TCP), .length = htons(sizeof(*segment)),
		.segment = *segment,
	};
	uint16_t words[sizeof(covered) / sizeof(uint16_t)];
	uint32_t sum = 0;

	memcpy(words, &covered, sizeof(words));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		sum += words[i];
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~(sum + (sum >> 16));
}

static int send_syn(const struct flood *flood, unsigned number)
{
	struct tcphdr segment;

	memset(&segment, 0, sizeof(segment));
	segment.th_sport = htons((uint16_t)source_port(flood, number));
	segment.th_dport = htons((uint16_t)flood->port);
	segment.th_seq = htonl(SEQUENCE);
	segment.th_off = sizeof(segment) / 4;
	segment.th_flags = TH_SYN;
	segment.th_win = htons(UINT16_MAX);
	if (flood->family != IPV6)
		segment.th_sum = checksum(&segment);
	if (send(flood->raw, &segment, sizeof(segment), 0) < 0)
		return failure_call("send a SYN");
	return 0;
}

static bool is_answer(const struct flood *flood, unsigned number, uint8_t flags,
		      const uint8_t *packet, ssize_t size)
{
	size_t header = flood->family == IPV6 ? 0 : (size_t)(packet[0] & 0xf) * 4;
	struct tcphdr segment;

	if (size < (ssize_t)(header + sizeof(segment)))
		return false;
	memcpy(&segment, packet + header, sizeof(segment));
	return segment.th_flags == flags &&
	       segment.th_sport == htons((uint16_t)flood->port) &&
	       segment.th_dport == htons((uint16_t)source_port(flood, number));
}

/* Repeats the SYN until it is answered with these flags: a busy loopback loses some. */
static int ask(const struct flood *flood, unsigned number, uint8_t flags)
{
	for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
		uint64_t until = census_now() + PATIENCE_MILLISECONDS;
		uint8_t packet[256];
		ssize_t size;
		int result = send_syn(flood, number);

		if (result < 0)
			return result;
		do {
			size = recv(flood->raw, packet, sizeof(packet), 0);
			if (size >= 0 && is_answer(flood, number, flags, packet, size))
				return 0;
			if (size < 0 && errno != EAGAIN)
				return failure_call("receive a SYN's answer");
		} while (size >= 0 && census_now() < until);
	}
	return failure(ETIMEDOUT, "nothing answers SYN %u: does a firewall drop loopback "
		       "segments?", number + 1);
}

static int connect_raw(int raw, enum family family)
{
	const struct timeval patience = { .tv_usec = PATIENCE_MILLISECONDS * 1000 };
	struct sockaddr_in ipv4 = { .sin_family = AF_INET };
	struct sockaddr_in6 ipv6 = {
		.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT,
	};
	const int offset = CHECKSUM_OFFSET;
	int result;

	if (setsockopt(raw, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0)
		return -1;
	if (family == IPV6)
		return setsockopt(raw, IPPROTO_IPV6, IPV6_CHECKSUM, &offset, sizeof(offset)) < 0 ||
		       bind(raw, (struct sockaddr *)&ipv6, sizeof(ipv6)) < 0 ||
		       connect(raw, (struct sockaddr *)&ipv6, sizeof(ipv6)) < 0 ? -1 : 0;
	ipv4.sin_addr.s_addr = source_address();
	result = bind(raw, (struct sockaddr *)&ipv4, sizeof(ipv4));
	ipv4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return result < 0 ? result : connect(raw, (struct sockaddr *)&ipv4, sizeof(ipv4));
}

static int open_raw(struct flood *flood)
{
	flood->raw = socket(flood->family == IPV6 ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_CLOEXEC,
			    IPPROTO_TCP);
	if (flood->raw < 0 || connect_raw(flood->raw, flood->family) < 0)
		return failure_call("open a raw socket (CAP_NET_RAW)");
	return filter_pass_source(flood->raw, flood->family, flood->port);
}

static int open_listener(struct flood *flood, const struct chunk *chunk)
{
	const int retries = FREEZE_SYN_ACK_RETRIES;
	const struct population *population = chunk->population;
	struct place place = population_place(population, 0);
	int result;

	flood->listener = place.port ? loopback_join(&place)
				     : loopback_claim(chunk->bounds, &place);
	if (flood->listener < 0)
		return flood->listener;
	flood->port = place.port;
	/* The host answers each SYN-ACK with a reset, because it sent no SYN; the filter drops that too. */
	result = filter_pass_syn(flood->listener);
	if (result < 0)
		return result;
	if (setsockopt(flood->listener, IPPROTO_TCP, TCP_SYNCNT, &retries, sizeof(retries)) < 0)
		return failure_call("set a listener's SYN-ACK retries");
	return loopback_listen(flood->listener, backlog(population));
}

/* With SYN cookies on, SYNs beyond the queue are answered as well, but leave no socket. */
static int send_syns(const struct flood *flood, const struct chunk *chunk)
{
	unsigned count = chunk->population->count;
	unsigned answered = chunk->bounds->syncookies ? count : flood->admitted;
	int result = 0;

	for (unsigned i = 0; i < count && result == 0; i++)
		result = i < answered ? ask(flood, i, TH_SYN | TH_ACK) : send_syn(flood, i);
	return result;
}

int flood_make(const struct chunk *chunk, struct census *census)
{
	struct flood *flood = calloc(1, sizeof(*flood));
	struct place place = population_place(chunk->population, 0);
	int result;

	if (!flood)
		return failure_call("remember a flood");
	flood->listener = flood->raw = -1;
	flood->family = chunk->population->family;
	flood->admitted = admitted(chunk->population, chunk->bounds);
	flood->next = floods;
	floods = flood;
	result = open_listener(flood, chunk);
	if (result == 0)
		result = open_raw(flood);
	if (result == 0)
		result = send_syns(flood, chunk);
	/* Nobody reads the SYN-ACKs to come. */
	if (result == 0)
		result = filter_drop_all(flood->raw);
	census_add(census, flood->family, TCP_SYN_RECV, flood->admitted);
	census_add(census, loopback_listener_family(&place), TCP_LISTEN, 1);
	return result;
}

/* Without the listener a SYN removes its request socket (see freeze_syn_recv()) and is refused. */
static void remove_requests(const struct flood *flood)
{
	int result = filter_pass_source(flood->raw, flood->family, flood->port);

	for (unsigned i = 0; i < flood->admitted && result == 0; i++)
		result = ask(flood, i, TH_RST | TH_ACK);
}

void flood_end(void)
{
	while (floods) {
		struct flood *flood = floods;

		floods = flood->next;
		if (flood->listener >= 0)
			close(flood->listener);
		if (flood->raw >= 0) {
			remove_requests(flood);
			close(flood->raw);
		}
		free(flood);
	}
}
