/* queue.c - listeners and their accept queues. */
#include "queue.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>

#include "failure.h"
#include "filter.h"
#include "loopback.h"
#include "population.h"

#define CHUNK 1000

int queue_measure_listen(const struct population *population, const struct bounds *bounds,
			 struct measure *measure)
{
	(void)bounds;
	*measure = (struct measure){
		.units = population->count, .chunk = CHUNK, .descriptors = 1,
		.holds = HOLDS_FOREVER,
	};
	return 0;
}

int queue_make_listen(const struct chunk *chunk, struct census *census)
{
	for (unsigned i = 0; i < chunk->units; i++) {
		struct place place = { .family = chunk->population->family };
		int listener = loopback_claim(chunk->bounds, &place);
		int result = listener < 0 ? listener
					  : loopback_listen(listener, chunk->population->backlog);

		if (result < 0)
			return result;
		census_add(census, place.family, TCP_LISTEN, 1);
	}
	return 0;
}

/* A queue is full when longer than the backlog: sk_acceptq_is_full(), include/net/sock.h. */
static unsigned queue_room(const struct population *population, const struct bounds *bounds)
{
	return bounds_backlog(bounds, population->backlog) + 1;
}

int queue_measure(const struct population *population, const struct bounds *bounds,
		  struct measure *measure)
{
	unsigned room = queue_room(population, bounds);

	if (population->fill > (uint64_t)population->group * room)
		return failure(ENOBUFS, "%s: net.core.somaxconn is %u, so a listener queues %u at "
			       "most: fill less or add members to the group",
			       population->text, bounds->somaxconn, room);
	*measure = (struct measure){
		.units = population->count, .chunk = CHUNK,
		.descriptors = population->group + population->fill,
		.holds = HOLDS_FOREVER,
	};
	return 0;
}

static int fill(int listener, const struct place *place, unsigned length)
{
	/* A wildcard listener is reached at its family's address. */
	for (unsigned i = 0; i < length; i++) {
		int client = loopback_connect(place->family, place->port);

		if (client < 0)
			return client;
	}
	return loopback_await_queue(listener, length);
}

/*
 * Steered, because the kernel's choice by hash would hit members already full:
 * their drops would count, and the clients would hang in SYN_SENT.
 */
static int fill_group(const struct chunk *chunk, const int *listeners, const struct place *place)
{
	const struct population *population = chunk->population;
	unsigned room = queue_room(population, chunk->bounds), left = population->fill;
	int result = 0;

	for (unsigned i = 0; left > 0 && result == 0; i++) {
		unsigned length = left < room ? left : room;

		if (population->group > 1)
			result = filter_steer(listeners[0], i);
		if (result == 0)
			result = fill(listeners[i], place, length);
		left -= length;
	}
	if (result == 0 && population->group > 1 && population->fill > 0)
		result = filter_steer_no_more(listeners[0]);
	return result;
}

static int open_group(const struct chunk *chunk, int *listeners, struct place *place)
{
	const struct population *population = chunk->population;
	int result = 0;

	/* A port asked for is claimed already, by the parent. */
	listeners[0] = place->port ? loopback_join(place)
				   : loopback_claim(chunk->bounds, place);
	if (listeners[0] < 0)
		return listeners[0];
	if (population->group > 1)
		result = loopback_share(listeners[0]);
	for (unsigned i = 0; i < population->group && result == 0; i++) {
		if (i > 0)
			listeners[i] = loopback_join(place);
		if (listeners[i] < 0)
			return listeners[i];
		result = loopback_listen(listeners[i], population->backlog);
	}
	return result;
}

static int make_group(const struct chunk *chunk, unsigned number, struct census *census)
{
	const struct population *population = chunk->population;
	struct place place = population_place(population, number);
	int *listeners = calloc(population->group, sizeof(*listeners));
	int result;

	if (!listeners)
		return failure_call("remember %u listeners", population->group);
	result = open_group(chunk, listeners, &place);
	if (result == 0)
		result = fill_group(chunk, listeners, &place);
	free(listeners);
	census_add(census, loopback_listener_family(&place), TCP_LISTEN, population->group);
	census_add(census, population->family, TCP_ESTABLISHED, 2 * population->fill);
	return result;
}

int queue_make(const struct chunk *chunk, struct census *census)
{
	for (unsigned i = 0; i < chunk->units; i++) {
		int result = make_group(chunk, chunk->first + i, census);

		if (result < 0)
			return result;
	}
	return 0;
}
