/* owners.h - which cgroup a connection belongs to. */
#ifndef OWNERS_H
#define OWNERS_H

#include <stdbool.h>

#include "hash.h"
#include "synoptic.h"

struct tally_socket;

/* The rows of SYNOPTIC_OWNER_UNKNOWN and SYNOPTIC_OWNER_OTHER come first, in this order. */
#define OWNERS_ALWAYS 2

struct owners {
	struct synoptic_owner *rows;
	uint32_t count;           /* of all rows */
	uint32_t cgroups_left;    /* for whom there is room */
	hash_entry_t *index;      /* of the rows behind the first OWNERS_ALWAYS */
	uint32_t entries;
	struct synoptic_owner *last; /* found: on many a host one cgroup has nearly all */
};

/*
 * `rows` has room for OWNERS_ALWAYS + cgroups and for the unknown owners of the other
 * `namespaces` but the first, `index` for hash_entries() of these without OWNERS_ALWAYS.
 */
void owners_start(struct owners *owners, struct synoptic_owner *rows, uint32_t cgroups,
		  uint32_t namespaces, hash_entry_t *index);

/* The row that a socket of any state but LISTEN counts in. */
struct synoptic_owner *owners_find(struct owners *owners, const struct tally_socket *socket);

/* Counts it there, and returns that row. */
struct synoptic_owner *owners_count(struct owners *owners, const struct tally_socket *socket,
				    bool inbound);

/* What is in its queues, without SYN and FIN. */
void owners_add_bytes(struct synoptic_owner *row, bool inbound, uint32_t received, uint32_t sent);

#endif
