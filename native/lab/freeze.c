/* freeze.c - connections held in one state. */
#include "freeze.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "failure.h"
#include "filter.h"
#include "loopback.h"

/* Connections of one listener, at most; far fewer than ephemeral ports, so each finds one. */
#define CHUNK 4000

/* The most TCP_SYNCNT takes: MAX_TCP_SYNCNT, include/net/tcp.h. */
#define SYN_RETRIES 127

/*
 * TCP_USER_TIMEOUT takes the place of tcp_retries2 (15 minutes) for what
 * nobody acknowledges: tcp_write_timeout(), net/ipv4/tcp_timer.c.
 */
#define UNANSWERED_SECONDS 86400

/* TCP_TIMEWAIT_LEN, include/net/tcp.h. */
#define TIME_WAIT_SECONDS 60

static void measure_connections(const struct population *population, const struct bounds *bounds,
				struct measure *measure)
{
	unsigned ports = bounds->last_ephemeral - bounds->first_ephemeral + 1;

	measure->units = population->count;
	measure->chunk = ports / 4 < CHUNK ? ports / 4 + 1 : CHUNK;
	measure->descriptors = 2;
	measure->holds = HOLDS_FOREVER;
}

int freeze_measure_pairs(const struct population *population, const struct bounds *bounds,
			 struct measure *measure)
{
	measure_connections(population, bounds, measure);
	if (population->recipe->traits & UNANSWERED)
		measure->holds = UNANSWERED_SECONDS;
	return 0;
}

int freeze_measure_time_wait(const struct population *population, const struct bounds *bounds,
			     struct measure *measure)
{
	measure_connections(population, bounds, measure);
	measure->holds = TIME_WAIT_SECONDS;
	return 0;
}

int freeze_measure_syn_sent(const struct population *population, const struct bounds *bounds,
			    struct measure *measure)
{
	measure_connections(population, bounds, measure);
	measure->descriptors = 1;
	measure->holds = bounds_patience(bounds, SYN_RETRIES);
	return 0;
}

int freeze_measure_syn_recv(const struct population *population, const struct bounds *bounds,
			    struct measure *measure)
{
	unsigned room = bounds_lasting_syn_queue(bounds, UINT_MAX);

	if (room == 0)
		return failure(ENOBUFS, "net.ipv4.tcp_syncookies is 2, so no SYN is queued: "
			       "set it to 1");
	measure_connections(population, bounds, measure);
	measure->descriptors = 1;
	if (measure->chunk > room)
		measure->chunk = room;
	measure->holds = bounds_patience(bounds, FREEZE_SYN_ACK_RETRIES);
	return 0;
}

static int set_tcp(int fd, int option, int value)
{
	if (setsockopt(fd, IPPROTO_TCP, option, &value, sizeof(value)) < 0)
		return failure_call("set a TCP option");
	return 0;
}

static int send_fin(int fd)
{
	return shutdown(fd, SHUT_WR) < 0 ? failure_call("shut a connection down") : 0;
}

int freeze_be_patient(int fd)
{
	return set_tcp(fd, TCP_USER_TIMEOUT, UNANSWERED_SECONDS * 1000);
}

static int send_unanswered_fin(int fd)
{
	int result = freeze_be_patient(fd);

	return result < 0 ? result : send_fin(fd);
}

int freeze_fin_wait1(const struct connection *connection, enum family family)
{
	int result = filter_mute(connection->client, family);

	return result < 0 ? result : send_unanswered_fin(connection->client);
}

int freeze_closing(const struct connection *connection, enum family family)
{
	/* The server never sees the client's FIN, so its own doesn't acknowledge it. */
	int result = freeze_fin_wait1(connection, family);

	return result < 0 ? result : send_unanswered_fin(connection->server);
}

int freeze_time_wait(const struct connection *connection, enum family family)
{
	(void)family;
	return send_fin(connection->server);
}

static int connect_pairs(int listener, const struct place *place, struct connection *pairs,
			 unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		pairs[i].client = loopback_connect(place->family, place->port);
		if (pairs[i].client < 0)
			return pairs[i].client;
		pairs[i].server = loopback_accept(listener);
		if (pairs[i].server < 0)
			return pairs[i].server;
	}
	return 0;
}

static int await_pairs(const struct connection *pairs, unsigned count, int client, int server)
{
	int result = 0;

	for (unsigned i = 0; i < count && result == 0; i++) {
		result = loopback_await(pairs[i].client, client);
		if (result == 0)
			result = loopback_await(pairs[i].server, server);
	}
	return result;
}

/* All at a time, for a FIN's acknowledgement is delayed by some milliseconds. */
static int half_close_pairs(enum end closer, const struct connection *pairs, unsigned count)
{
	int result = 0;

	for (unsigned i = 0; i < count && result == 0; i++)
		result = send_fin(closer == CLIENT ? pairs[i].client : pairs[i].server);
	if (result < 0)
		return result;
	return closer == CLIENT ? await_pairs(pairs, count, TCP_FIN_WAIT2, TCP_CLOSE_WAIT)
				: await_pairs(pairs, count, TCP_CLOSE_WAIT, TCP_FIN_WAIT2);
}

static int settle(const struct recipe *recipe, const struct connection *pairs, unsigned count)
{
	int result = 0;

	for (unsigned i = 0; recipe->settle && i < count && result == 0; i++)
		result = recipe->settle(&pairs[i]);
	return result;
}

/* Only when all are connected: a connect() may take over a TIME_WAIT's port (tcp_tw_reuse). */
static int turn_pairs(const struct recipe *recipe, enum family family,
		      const struct connection *pairs, unsigned count)
{
	/* A TIME_WAIT outlives its socket, which goes to CLOSE. */
	int client = recipe->client == TCP_TIME_WAIT ? TCP_CLOSE : recipe->client;
	int result = 0;

	if (recipe->closes_first != NEITHER)
		result = half_close_pairs(recipe->closes_first, pairs, count);
	for (unsigned i = 0; recipe->turn && i < count && result == 0; i++)
		result = recipe->turn(&pairs[i], family);
	if (result == 0)
		result = await_pairs(pairs, count, client, recipe->server);
	return result < 0 ? result : settle(recipe, pairs, count);
}

/* The smallest there is, before the listener offers a window. */
static int shrink_window(int listener)
{
	const int least = 1;

	if (setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &least, sizeof(least)) < 0)
		return failure_call("shrink a receive buffer");
	return 0;
}

static int end_time_wait(int listener, const struct connection *pairs, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		close(pairs[i].client);
		close(pairs[i].server);
	}
	/*
	 * Stops listening and keeps the port, so that no later listener gets it and
	 * no later connect() a 4-tuple that is in TIME_WAIT. No dump shows the socket.
	 */
	return shutdown(listener, SHUT_RD) < 0 ? failure_call("stop listening") : 0;
}

int freeze_pairs(const struct chunk *chunk, struct census *census)
{
	const struct recipe *recipe = chunk->population->recipe;
	struct place place = { .family = chunk->population->family };
	struct connection *pairs = calloc(chunk->units, sizeof(*pairs));
	int listener, result = 0;

	if (!pairs)
		return failure_call("remember %u connections", chunk->units);
	listener = loopback_claim(chunk->bounds, &place);
	if (listener < 0)
		result = listener;
	if (result == 0 && recipe->traits & UNANSWERED)
		result = filter_drop_muted(listener);
	if (result == 0 && recipe->traits & SMALL_WINDOW)
		result = shrink_window(listener);
	if (result == 0)
		result = loopback_listen(listener, 1);
	if (result == 0)
		result = connect_pairs(listener, &place, pairs, chunk->units);
	if (result == 0)
		result = turn_pairs(recipe, place.family, pairs, chunk->units);
	if (result == 0 && recipe->client == TCP_TIME_WAIT)
		result = end_time_wait(listener, pairs, chunk->units);
	else if (listener >= 0)
		close(listener);
	free(pairs);
	census_add(census, place.family, recipe->client, chunk->units);
	census_add(census, place.family, recipe->server, chunk->units);
	return result;
}

/* A client alone, connected in its own way, for each connection of the chunk. */
static int connect_clients(const struct chunk *chunk, unsigned port,
			   int (*make)(enum family family, unsigned port))
{
	struct connection *clients = calloc(chunk->units, sizeof(*clients));
	int result = 0;

	if (!clients)
		return failure_call("remember %u connections", chunk->units);
	for (unsigned i = 0; i < chunk->units && result == 0; i++) {
		clients[i].client = make(chunk->population->family, port);
		result = clients[i].client < 0 ? clients[i].client : 0;
	}
	if (result == 0)
		result = settle(chunk->population->recipe, clients, chunk->units);
	free(clients);
	return result;
}

static int send_syn(enum family family, unsigned port)
{
	int client = loopback_connect_no_wait(family, port, SYN_RETRIES);
	int result = client < 0 ? client : loopback_await(client, TCP_SYN_SENT);

	return result < 0 ? result : client;
}

int freeze_syn_sent(const struct chunk *chunk, struct census *census)
{
	struct place place = { .family = chunk->population->family };
	int listener = loopback_claim(chunk->bounds, &place), result;

	if (listener < 0)
		return listener;
	result = filter_drop_all(listener);
	if (result == 0)
		result = loopback_listen(listener, 1);
	if (result == 0)
		result = connect_clients(chunk, place.port, send_syn);
	census_add(census, place.family, TCP_SYN_SENT, chunk->units);
	census_add(census, place.family, TCP_LISTEN, 1);
	return result;
}

static int connect_gently(enum family family, unsigned port)
{
	int client = loopback_connect(family, port);
	int result = client < 0 ? client : loopback_close_gently(client);

	return result < 0 ? result : client;
}

/*
 * Request sockets outlive their listener, by up to two minutes, unless a segment
 * comes for one and the kernel misses the listener: tcp_v4_rcv(), net/ipv4/tcp_ipv4.c.
 * That is the client's FIN, which it repeats should it get lost. Workers close
 * in rising order, so a listener before its clients, and the first FIN finds none.
 */
int freeze_syn_recv(const struct chunk *chunk, struct census *census)
{
	struct place place = { .family = chunk->population->family };
	int listener = loopback_claim(chunk->bounds, &place), result;

	if (listener < 0)
		return listener;
	result = filter_pass_syn(listener);
	if (result == 0)
		result = set_tcp(listener, TCP_SYNCNT, FREEZE_SYN_ACK_RETRIES);
	if (result == 0)
		result = loopback_listen(listener, INT_MAX);
	if (result == 0)
		result = connect_clients(chunk, place.port, connect_gently);
	census_add(census, place.family, TCP_SYN_RECV, chunk->units);
	census_add(census, place.family, TCP_ESTABLISHED, chunk->units);
	census_add(census, place.family, TCP_LISTEN, 1);
	return result;
}
