/* destinations.h - how many local ports are in use towards which destination. */
#ifndef DESTINATIONS_H
#define DESTINATIONS_H

#include "hash.h"
#include "synoptic.h"

struct tally_socket;

/* Rows: with no more destinations than that the counts are exact. */
#define DESTINATIONS_COUNTED 2048

struct destinations {
	struct synoptic_destination *rows;
	uint32_t *hashes; /* of the rows */
	hash_entry_t *index;
	uint32_t entries;
	uint32_t count;
	uint64_t seed;
	/* The most ports that a destination without a row can have. */
	uint32_t forgotten;
};

/* What destinations_start() needs, on a boundary of 8. */
#define DESTINATIONS_BYTES \
	(DESTINATIONS_COUNTED * (sizeof(struct synoptic_destination) + sizeof(uint32_t) + \
				 2 * sizeof(hash_entry_t)))

/* The `seed` is random, so that no peer can choose addresses with one hash. */
void destinations_start(struct destinations *destinations, void *bytes, uint64_t seed);

/* Counts a socket that belongs to no listener. */
void destinations_count(struct destinations *destinations, const struct tally_socket *socket);

/*
 * Ends the count: sorts the busiest rows to the front and sets busiest_destination_ports and
 * _error of each of the `count` namespaces. Returns the number of rows to show, at most
 * SYNOPTIC_DESTINATIONS_MOST.
 */
uint32_t destinations_end(struct destinations *destinations,
			  struct synoptic_namespace *namespaces, uint32_t count);

#endif
