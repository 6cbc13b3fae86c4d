/* plan.c - which worker makes what, in which order. */
#include "plan.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "failure.h"

/* A population on its way into chunks. */
struct share {
	const struct population *population;
	struct measure measure;
};

static int by_holding_time(const void *left, const void *right)
{
	const struct share *a = left, *b = right;

	if (a->measure.holds != b->measure.holds)
		return a->measure.holds > b->measure.holds ? -1 : 1;
	/* qsort() needn't be stable. */
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

static uint64_t weight(const struct share *share)
{
	return (uint64_t)share->measure.units * share->measure.descriptors;
}

/*
 * Cuts the whole, as a row of units that weigh their descriptors, into `parts` of
 * about one weight. A unit belongs to the part it starts in.
 */
struct knife {
	uint64_t whole, cut;
	unsigned parts, part;
};

static uint64_t part_end(const struct knife *knife)
{
	return knife->whole * (knife->part + 1) / knife->parts;
}

/* The next chunk's units, and whether a new part begins with them. */
static unsigned next_units(struct knife *knife, const struct measure *measure, unsigned first,
			   bool *new_part)
{
	unsigned units = measure->units - first;
	uint64_t left;

	for (*new_part = knife->cut == 0; knife->cut >= part_end(knife); knife->part++)
		*new_part = true;
	left = part_end(knife) - knife->cut;
	left = (left + measure->descriptors - 1) / measure->descriptors;
	if (units > measure->chunk)
		units = measure->chunk;
	if (units > left)
		units = (unsigned)left;
	knife->cut += (uint64_t)units * measure->descriptors;
	return units;
}

static int cut(struct plan *plan, const struct share *shares, size_t count,
	       const struct bounds *bounds, unsigned parts)
{
	struct knife knife = { .parts = parts };

	for (size_t i = 0; i < count; i++)
		knife.whole += weight(&shares[i]);
	plan->count = 0;
	plan->workers = 0;
	for (size_t i = 0; i < count; i++) {
		struct chunk chunk = {
			.population = shares[i].population, .bounds = bounds,
			.holds = shares[i].measure.holds,
		};

		for (; chunk.first < shares[i].measure.units; chunk.first += chunk.units) {
			bool new_part;
			int result;

			chunk.units = next_units(&knife, &shares[i].measure, chunk.first,
						 &new_part);
			plan->workers += new_part;
			chunk.worker = plan->workers - 1;
			chunk.descriptors = chunk.units * shares[i].measure.descriptors + 1;
			if ((result = add(plan, &chunk)) < 0)
				return result;
		}
	}
	return 0;
}

static bool fits(const struct plan *plan, const struct bounds *bounds)
{
	unsigned worker = 0, taken = 0;

	for (size_t i = 0; i < plan->count; i++) {
		if (plan->chunks[i].worker != worker)
			taken = 0;
		worker = plan->chunks[i].worker;
		taken += plan->chunks[i].descriptors;
		if (taken > bounds->descriptors)
			return false;
	}
	return true;
}

/* Starts from the fewest that could do: parts rarely come out even. */
static int cut_to_fit(struct plan *plan, const struct share *shares, size_t count,
		      const struct bounds *bounds, unsigned workers)
{
	uint64_t whole = 0;
	unsigned parts;
	int result;

	for (size_t i = 0; i < count; i++)
		whole += weight(&shares[i]);
	parts = (unsigned)(whole / bounds->descriptors) + 1;
	if (workers > parts)
		parts = workers;
	while ((result = cut(plan, shares, count, bounds, parts)) == 0 && !fits(plan, bounds))
		parts++;
	if (result == 0 && workers > 0 && parts > workers)
		return failure(EMFILE, "--workers=%u: at least %u are needed, for a process has "
			       "%u descriptors", workers, parts, bounds->descriptors);
	return result;
}

int plan_make(struct plan *plan, struct population *populations, size_t count,
	      const struct bounds *bounds, unsigned workers)
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
		result = cut_to_fit(plan, shares, count, bounds, workers);
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
