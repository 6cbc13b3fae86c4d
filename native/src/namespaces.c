/* namespaces.c - which row a network namespace has. */
#include "namespaces.h"

#include <stdbool.h>
#include <string.h>

void namespaces_start(struct namespaces *namespaces, struct synoptic_namespace *rows,
		      uint32_t capacity, hash_entry_t *index)
{
	*namespaces = (struct namespaces){
		.rows = rows, .capacity = capacity,
		.index = index, .entries = hash_entries(capacity),
	};
	memset(index, 0, namespaces->entries * sizeof(*index));
}

/* The entry with the number of its row, or the free entry for it: 0. */
static hash_entry_t *entry_of(const struct namespaces *namespaces, uint64_t netns)
{
	for (uint64_t hash = hash_mix(0, netns);; hash++) {
		hash_entry_t *entry = &namespaces->index[hash & (namespaces->entries - 1)];

		if (*entry == 0 || namespaces->rows[*entry - 1].netns == netns)
			return entry;
	}
}

static uint32_t find_or_add(struct namespaces *namespaces, uint64_t netns)
{
	hash_entry_t *entry = entry_of(namespaces, netns);

	if (*entry == 0) {
		if (namespaces->count == namespaces->capacity)
			return NAMESPACES_NO_ROW;
		namespaces->rows[namespaces->count] = (struct synoptic_namespace){ .netns = netns };
		*entry = (hash_entry_t)++namespaces->count;
	}
	return *entry - 1u;
}

/* Most sockets are in the namespace of the one before. */
static bool is_last(const struct namespaces *namespaces, uint64_t netns)
{
	return namespaces->last < namespaces->count &&
	       namespaces->rows[namespaces->last].netns == netns;
}

uint32_t namespaces_find(struct namespaces *namespaces, uint64_t netns)
{
	hash_entry_t entry;

	if (is_last(namespaces, netns))
		return namespaces->last;
	entry = *entry_of(namespaces, netns);
	if (entry == 0)
		return NAMESPACES_NO_ROW;
	namespaces->last = entry - 1u;
	return namespaces->last;
}

uint32_t namespaces_row(struct namespaces *namespaces, uint64_t netns)
{
	if (!is_last(namespaces, netns))
		namespaces->last = find_or_add(namespaces, netns);
	return namespaces->last;
}
