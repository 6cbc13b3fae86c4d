/* namespaces.h - which row a network namespace has. */
#ifndef NAMESPACES_H
#define NAMESPACES_H

#include "hash.h"
#include "synoptic.h"

/* The row of a namespace that there is no room for. */
#define NAMESPACES_NO_ROW UINT32_MAX

struct namespaces {
	struct synoptic_namespace *rows;
	uint32_t capacity, count;
	hash_entry_t *index;
	uint32_t entries;
	uint32_t last; /* found: sockets of one namespace often come together */
};

/* `rows` has room for `capacity`, `index` for hash_entries(capacity). */
void namespaces_start(struct namespaces *namespaces, struct synoptic_namespace *rows,
		      uint32_t capacity, hash_entry_t *index);

/* The number of a namespace's row, which it is given if it has none: or NAMESPACES_NO_ROW. */
uint32_t namespaces_row(struct namespaces *namespaces, uint64_t netns);

/* The number of its row if it has one: or NAMESPACES_NO_ROW. */
uint32_t namespaces_find(struct namespaces *namespaces, uint64_t netns);

#endif
