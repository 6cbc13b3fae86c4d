/* owners.c - which cgroup a connection belongs to. */
#include "owners.h"

#include <string.h>

#include "tally.h"

static struct synoptic_owner *append(struct owners *owners, uint64_t cgroup)
{
	struct synoptic_owner *row = &owners->rows[owners->count++];

	*row = (struct synoptic_owner){ .cgroup = cgroup };
	return row;
}

void owners_start(struct owners *owners, struct synoptic_owner *rows, uint32_t capacity,
		  hash_entry_t *index)
{
	*owners = (struct owners){
		.rows = rows, .capacity = OWNERS_ALWAYS + capacity,
		.index = index, .entries = hash_entries(capacity),
	};
	memset(index, 0, owners->entries * sizeof(*index));
	owners->last = append(owners, SYNOPTIC_OWNER_UNKNOWN);
	append(owners, SYNOPTIC_OWNER_OTHER);
}

/* The row of a cgroup that is known; that of all others if there is no row left. */
static struct synoptic_owner *find(struct owners *owners, uint64_t cgroup)
{
	for (uint64_t hash = hash_mix(0, cgroup);; hash++) {
		hash_entry_t *entry = &owners->index[hash & (owners->entries - 1)];
		struct synoptic_owner *row;

		if (*entry == 0) {
			if (owners->count == owners->capacity)
				return &owners->rows[1];
			row = append(owners, cgroup);
			*entry = (hash_entry_t)(owners->count - OWNERS_ALWAYS);
			return row;
		}
		row = &owners->rows[OWNERS_ALWAYS + *entry - 1];
		if (row->cgroup == cgroup)
			return row;
	}
}

void owners_count(struct owners *owners, const struct tally_socket *socket, bool inbound)
{
	struct synoptic_owner *row = owners->last;

	if (socket->cgroup == SYNOPTIC_OWNER_UNKNOWN)
		row = &owners->rows[0];
	else if (row->cgroup != socket->cgroup)
		row = owners->last = find(owners, socket->cgroup);
	if (inbound)
		row->inbound[socket->state]++;
	else
		row->outbound[socket->state]++;
}
