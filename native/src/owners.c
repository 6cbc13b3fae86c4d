/* owners.c - which cgroup a connection belongs to. */
#include "owners.h"

#include <string.h>

#include "tally.h"

static struct synoptic_owner *append(struct owners *owners, uint32_t netns_row, uint64_t cgroup)
{
	struct synoptic_owner *row = &owners->rows[owners->count++];

	*row = (struct synoptic_owner){ .cgroup = cgroup, .netns_row = netns_row };
	return row;
}

void owners_start(struct owners *owners, struct synoptic_owner *rows, uint32_t cgroups,
		  uint32_t namespaces, hash_entry_t *index)
{
	*owners = (struct owners){
		.rows = rows, .cgroups_left = cgroups,
		.index = index, .entries = hash_entries(cgroups + namespaces - 1),
	};
	memset(index, 0, owners->entries * sizeof(*index));
	owners->last = append(owners, 0, SYNOPTIC_OWNER_UNKNOWN);
	append(owners, 0, SYNOPTIC_OWNER_OTHER);
}

/* The row of a cgroup in a namespace; SYNOPTIC_OWNER_OTHER if there is no row left. */
static struct synoptic_owner *find(struct owners *owners, uint32_t netns_row, uint64_t cgroup)
{
	for (uint64_t hash = hash_mix(netns_row, cgroup);; hash++) {
		hash_entry_t *entry = &owners->index[hash & (owners->entries - 1)];
		struct synoptic_owner *row;

		if (*entry == 0) {
			if (cgroup != SYNOPTIC_OWNER_UNKNOWN && owners->cgroups_left == 0)
				return &owners->rows[1];
			owners->cgroups_left -= cgroup != SYNOPTIC_OWNER_UNKNOWN;
			row = append(owners, netns_row, cgroup);
			*entry = (hash_entry_t)(owners->count - OWNERS_ALWAYS);
			return row;
		}
		row = &owners->rows[OWNERS_ALWAYS + *entry - 1];
		if (row->cgroup == cgroup && row->netns_row == netns_row)
			return row;
	}
}

struct synoptic_owner *owners_find(struct owners *owners, const struct tally_socket *socket)
{
	struct synoptic_owner *last = owners->last;

	if (socket->cgroup == SYNOPTIC_OWNER_UNKNOWN && socket->netns_row == 0)
		return &owners->rows[0];
	if (last->cgroup != socket->cgroup || last->netns_row != socket->netns_row)
		owners->last = find(owners, socket->netns_row, socket->cgroup);
	return owners->last;
}

struct synoptic_owner *owners_count(struct owners *owners, const struct tally_socket *socket,
				    bool inbound)
{
	struct synoptic_owner *row = owners_find(owners, socket);

	if (inbound)
		row->inbound[socket->state]++;
	else
		row->outbound[socket->state]++;
	return row;
}

void owners_add_bytes(struct synoptic_owner *row, bool inbound, uint32_t received, uint32_t sent)
{
	struct synoptic_queues *queues = inbound ? &row->inbound_queues : &row->outbound_queues;

	queues->receive_bytes += received;
	queues->send_bytes += sent;
	queues->receive_connections += received > 0;
	queues->send_connections += sent > 0;
}
