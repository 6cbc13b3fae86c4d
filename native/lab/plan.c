/* plan.c - which worker makes what, in which order. */
#include "plan.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "failure.h"

/* A population, and how it can be shared out. */
struct share {
	const struct population *population;
	struct measure measure;
};

static int by_holding_time(const void *left, const void *right)
{
	const struct share *a = left, *b = right;

	if (a->measure.holds != b->measure.holds)
		return a->measure.holds > b->measure.holds ? -1 : 1;
	/* qsort() may not be stable. */
	return (a->population > b->population) - (a->population < b->population);
}

static int check(const struct share *shares, size_t count, const struct bounds *bounds)
{
	uint64_t time_waits = 0;

	for (size_t i = 0; i < count; i++) {
		if (shares[i].population->recipe->client == TCP_TIME_WAIT)
			time_waits += shares[i].measure.units;
		if (shares[i].measure.descriptors + 1 > bounds->descriptors)
			return failure(EMFILE, "%s: a part takes %u descriptors and a process has "
				       "%u: fill less or use smaller groups",
				       shares[i].population->text,
				       shares[i].measure.descriptors + 1, bounds->descriptors);
	}
	if (time_waits > bounds->time_wait_room)
		return failure(ENOBUFS, "%llu time_wait: this namespace admits %u more "
			       "(net.ipv4.tcp_max_tw_buckets): ask for fewer",
			       (unsigned long long)time_waits, bounds->time_wait_room);
	return 0;
}

static int add(struct plan *plan, const struct chunk *chunk)
{
	if (plan->count == plan->room) {
		size_t room = plan->room ? 2 * plan->room : 64;
		struct chunk *chunks = realloc(plan->chunks, room * sizeof(*chunks));

		if (!chunks)
			return failure_call("remember %zu chunks", room);
		plan->chunks = chunks;
		plan->room = room;
	}
	plan->chunks[plan->count++] = *chunk;
	return 0;
}

/* Units of the chunk at chunk->first; a worker without room for one more is followed by the next. */
static unsigned next_units(struct chunk *chunk, const struct measure *measure, unsigned *taken)
{
	unsigned units = measure->units - chunk->first, room;

	if (*taken + measure->descriptors + 1 > chunk->bounds->descriptors) {
		chunk->worker++;
		*taken = 0;
	}
	room = (chunk->bounds->descriptors - *taken - 1) / measure->descriptors;
	if (units > measure->chunk)
		units = measure->chunk;
	if (units > room)
		units = room;
	*taken += units * measure->descriptors + 1;
	return units;
}

/* Each worker gets as many descriptors as a process may have, the last one what is left. */
static int share_out(struct plan *plan, const struct share *shares, size_t count,
		     const struct bounds *bounds)
{
	struct chunk chunk = { .bounds = bounds };
	unsigned taken = 0;
	int result = 0;

	for (size_t i = 0; i < count; i++) {
		chunk.population = shares[i].population;
		chunk.holds = shares[i].measure.holds;
		for (chunk.first = 0; chunk.first < shares[i].measure.units && result == 0;
		     chunk.first += chunk.units) {
			chunk.units = next_units(&chunk, &shares[i].measure, &taken);
			result = add(plan, &chunk);
		}
	}
	plan->workers = chunk.worker + 1;
	return result;
}

int plan_make(struct plan *plan, struct population *populations, size_t count,
	      const struct bounds *bounds)
{
	struct share *shares = calloc(count, sizeof(*shares));
	int result = 0;

	if (!shares)
		return failure_call("plan %zu populations", count);
	for (size_t i = 0; i < count && result == 0; i++) {
		shares[i].population = &populations[i];
		result = populations[i].recipe->measure(&populations[i], bounds,
							&shares[i].measure);
	}
	if (result == 0)
		result = check(shares, count, bounds);
	if (result == 0) {
		qsort(shares, count, sizeof(*shares), by_holding_time);
		result = share_out(plan, shares, count, bounds);
	}
	free(shares);
	return result;
}

static int claim(struct plan *plan, struct place place, const struct bounds *bounds)
{
	int fd;

	if (plan->claimed >= bounds->descriptors)
		return failure(EMFILE, "at most %u ports can be asked for", bounds->descriptors);
	if (plan->claimed == plan->claims_room) {
		size_t room = plan->claims_room ? 2 * plan->claims_room : 64;
		int *claims = realloc(plan->claims, room * sizeof(*claims));

		if (!claims)
			return failure_call("remember %zu ports", room);
		plan->claims = claims;
		plan->claims_room = room;
	}
	fd = loopback_claim(bounds, &place);
	if (fd < 0)
		return fd;
	plan->claims[plan->claimed++] = fd;
	return loopback_share(fd);
}

int plan_claim(struct plan *plan, const struct population *populations, size_t count,
	       const struct bounds *bounds)
{
	for (size_t i = 0; i < count; i++) {
		const struct population *population = &populations[i];
		unsigned groups = population->recipe->keys & KEY_GROUP ? population->count : 1;

		for (unsigned n = 0; population->port && n < groups; n++) {
			int result = claim(plan, population_place(population, n), bounds);

			if (result < 0)
				return result;
		}
	}
	return 0;
}

void plan_end(struct plan *plan)
{
	for (size_t i = 0; i < plan->claimed; i++)
		close(plan->claims[i]);
	free(plan->claims);
	free(plan->chunks);
	memset(plan, 0, sizeof(*plan));
}
