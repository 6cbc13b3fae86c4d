/* listeners.c - which listener a connection belongs to. */
#include "listeners.h"

#include <netinet/tcp.h>
#include <string.h>

#include "tally.h"

static const uint32_t wildcard[4];

void listeners_start(struct listeners *listeners, struct synoptic_listener *rows,
		     uint32_t capacity, hash_entry_t *index)
{
	memset(listeners, 0, sizeof(*listeners));
	listeners->rows = rows;
	listeners->capacity = capacity;
	listeners->index = index;
	listeners->entries = hash_entries(capacity);
	memset(index, 0, listeners->entries * sizeof(*index));
}

/* Sets of rows, by ipv6only. */
enum { DUAL_STACK = 1, IPV6_ONLY = 2, EITHER = DUAL_STACK | IPV6_ONLY };

/*
 * The index entry of the first row of this set, family and address, and of the socket's
 * namespace and port, or the free entry for it.
 */
static hash_entry_t *find(struct listeners *listeners, const struct tally_socket *socket, int set,
			  enum synoptic_family family, const uint32_t address[4])
{
	uint64_t hash = hash_mix((uint64_t)socket->netns_row << 1 | family, socket->port);

	for (int i = 0; i < 4; i++)
		hash = hash_mix(hash, address[i]);
	for (;; hash++) {
		hash_entry_t *entry = &listeners->index[hash & (listeners->entries - 1)];
		const struct synoptic_listener *row;

		if (*entry == 0)
			return entry;
		row = &listeners->rows[*entry - 1];
		if (row->family == family && row->port == socket->port &&
		    row->netns_row == socket->netns_row && (set & 1 << row->ipv6only) &&
		    memcmp(row->address, address, sizeof(row->address)) == 0)
			return entry;
	}
}

bool listeners_add(struct listeners *listeners, const struct tally_socket *socket)
{
	hash_entry_t *entry;

	if (listeners->count == listeners->capacity)
		return false;
	listeners->rows[listeners->count] = (struct synoptic_listener){
		.cookie = socket->cookie,
		.port = socket->port,
		.family = (uint8_t)socket->family,
		.known = socket->known & (SYNOPTIC_KNOWN_LIMIT | SYNOPTIC_KNOWN_DROPS |
					  SYNOPTIC_KNOWN_SYN_QUEUE),
		.accept_queue_length = socket->receive_queue,
		.accept_queue_limit = socket->known & SYNOPTIC_KNOWN_LIMIT ? socket->send_queue : 0,
		.drops = socket->drops,
		.cgroup = socket->cgroup,
		.inode = socket->inode,
		.netns_row = socket->netns_row,
		.ipv6only = socket->ipv6only,
		.syn_queue_length = socket->syn_queue,
		.fast_open_queue_length = socket->fast_open_queue,
	};
	memcpy(listeners->rows[listeners->count].address, socket->address,
	       sizeof(socket->address));
	listeners->count++;
	listeners->ports[socket->port / 8] |= (uint8_t)(1u << socket->port % 8);
	entry = find(listeners, socket, socket->ipv6only ? IPV6_ONLY : DUAL_STACK, socket->family,
		     socket->address);
	if (*entry == 0)
		*entry = (hash_entry_t)listeners->count;
	return true;
}

/* In the order of __inet_lookup_listener(): an address before the wildcard, one family before both. */
struct synoptic_listener *listeners_find(struct listeners *listeners,
					 const struct tally_socket *socket)
{
	hash_entry_t entry;

	/* A socket that sent a SYN belongs to no listener, even with a listener's port. */
	if (socket->state == TCP_SYN_SENT ||
	    !(listeners->ports[socket->port / 8] & 1u << socket->port % 8))
		return NULL;
	entry = *find(listeners, socket, EITHER, socket->family, socket->address);
	if (entry == 0)
		entry = *find(listeners, socket, EITHER, socket->family, wildcard);
	if (entry == 0 && socket->family == SYNOPTIC_IPV4)
		entry = *find(listeners, socket, DUAL_STACK, SYNOPTIC_IPV6, wildcard);
	return entry ? &listeners->rows[entry - 1] : NULL;
}

struct synoptic_listener *listeners_count(struct listeners *listeners,
					  const struct tally_socket *socket)
{
	struct synoptic_listener *row = listeners_find(listeners, socket);

	if (row)
		row->connections[socket->state]++;
	return row;
}
