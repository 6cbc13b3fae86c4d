/* sampler_tables.c - what is in a sampler's buffer: rows, sockets, and how they are found. */
#include "sampler_tables.h"

#include <errno.h>
#include <string.h>

#define SECOND 1000000000ULL

#define CLOSED_ROWS_KEPT (3600 * SECOND)

/* Offsets from the start of the buffer. */
struct plan {
	size_t rows, accounts, sockets, row_index, socket_index, end;
};

static struct plan plan_for(uint32_t capacity)
{
	size_t index = hash_entries(capacity) * sizeof(hash_entry_t);
	struct plan plan = { .rows = sizeof(struct sampler) };

	plan.accounts = plan.rows + capacity * sizeof(struct synoptic_sampled);
	plan.sockets = plan.accounts + capacity * sizeof(struct sampler_account);
	plan.row_index = plan.sockets + capacity * sizeof(struct sampler_socket);
	plan.socket_index = plan.row_index + index;
	plan.end = plan.socket_index + index;
	return plan;
}

_Static_assert(sizeof(struct sampler) % 8 == 0 && sizeof(struct sampler_account) % 8 == 0,
	       "what follows is aligned to 8");

static void *at(struct sampler *sampler, size_t offset)
{
	return (char *)sampler + offset;
}

size_t synoptic_sampler_size(uint32_t listeners)
{
	return listeners == 0 || listeners > HASH_ROWS_MOST ? 0 : plan_for(listeners).end;
}

struct sampler_tables sampler_tables(struct sampler *sampler)
{
	struct plan plan = plan_for(sampler->capacity);

	return (struct sampler_tables){
		.sampler = sampler,
		.rows = at(sampler, plan.rows),
		.accounts = at(sampler, plan.accounts),
		.sockets = at(sampler, plan.sockets),
		.row_index = at(sampler, plan.row_index),
		.socket_index = at(sampler, plan.socket_index),
		.mask = hash_entries(sampler->capacity) - 1,
	};
}

/* The entry of the row with this group, or the free entry for it. */
static hash_entry_t *find_row(const struct sampler_tables *tables, const struct synoptic_sampled *group)
{
	uint64_t words[2];
	uint64_t hash;

	memcpy(words, group->address, sizeof(words));
	hash = hash_mix(hash_mix(hash_mix(0, group->netns_cookie), words[0]), words[1]);
	hash = hash_mix(hash, (uint64_t)group->family << 16 | group->port);
	for (;; hash++) {
		hash_entry_t *entry = &tables->row_index[hash & tables->mask];
		const struct synoptic_sampled *row;

		if (*entry == 0)
			return entry;
		row = &tables->rows[*entry - 1];
		if (row->port == group->port && row->family == group->family &&
		    row->netns_cookie == group->netns_cookie &&
		    memcmp(row->address, group->address, sizeof(row->address)) == 0)
			return entry;
	}
}

/* The entry of the socket, or the free entry for it. */
static hash_entry_t *find_socket(const struct sampler_tables *tables, uint64_t cookie, uint64_t netns_cookie)
{
	for (uint64_t hash = hash_mix(hash_mix(0, netns_cookie), cookie);; hash++) {
		hash_entry_t *entry = &tables->socket_index[hash & tables->mask];
		const struct sampler_socket *socket;

		if (*entry == 0)
			return entry;
		socket = &tables->sockets[*entry - 1];
		if (socket->cookie == cookie && socket->netns_cookie == netns_cookie)
			return entry;
	}
}

static void index_rows(const struct sampler_tables *tables)
{
	memset(tables->row_index, 0, (tables->mask + 1) * sizeof(hash_entry_t));
	for (uint32_t i = 0; i < tables->sampler->shown.rows.count; i++)
		if (tables->rows[i].serial)
			*find_row(tables, &tables->rows[i]) = (hash_entry_t)(i + 1);
}

static void index_sockets(const struct sampler_tables *tables)
{
	memset(tables->socket_index, 0, (tables->mask + 1) * sizeof(hash_entry_t));
	for (uint32_t i = 0; i < tables->sampler->sockets; i++)
		*find_socket(tables, tables->sockets[i].cookie, tables->sockets[i].netns_cookie) =
			(hash_entry_t)(i + 1);
}

/* The first free row's number; the capacity if there is none. */
static uint32_t free_row(struct sampler *sampler, const struct synoptic_sampled *rows)
{
	uint32_t *row = &sampler->free_from;

	while (*row < sampler->shown.rows.count && rows[*row].serial)
		++*row;
	if (*row == sampler->shown.rows.count && *row < sampler->capacity)
		sampler->shown.rows.count++;
	return *row;
}

struct synoptic_sampled *sampler_row(const struct sampler_tables *tables, uint64_t netns_cookie,
				     const struct synoptic_listener *listener)
{
	struct sampler *sampler = tables->sampler;
	struct synoptic_sampled group = {
		.netns_cookie = netns_cookie, .port = listener->port, .family = listener->family,
	};
	hash_entry_t *entry;
	uint32_t row;

	memcpy(group.address, listener->address, sizeof(group.address));
	entry = find_row(tables, &group);
	if (*entry)
		return &tables->rows[*entry - 1];
	row = free_row(sampler, tables->rows);
	if (row == sampler->capacity)
		return NULL;
	group.serial = ++sampler->shown.serials;
	group.group = row;
	tables->rows[row] = group;
	tables->accounts[row] = (struct sampler_account){ .highest = 0 };
	*entry = (hash_entry_t)(row + 1);
	return &tables->rows[row];
}

struct sampler_account *sampler_account(const struct sampler_tables *tables, uint32_t row)
{
	uint32_t group = tables->rows[row].group;

	if (group >= tables->sampler->shown.rows.count || tables->rows[group].serial == 0)
		group = row;
	return &tables->accounts[group];
}

struct sampler_socket *sampler_socket(const struct sampler_tables *tables, uint64_t netns_cookie,
				      const struct synoptic_listener *listener)
{
	struct sampler *sampler = tables->sampler;
	hash_entry_t *entry = find_socket(tables, listener->cookie, netns_cookie);

	if (*entry == 0) {
		if (sampler->sockets == sampler->capacity)
			return NULL;
		tables->sockets[sampler->sockets++] = (struct sampler_socket){
			.cookie = listener->cookie, .netns_cookie = netns_cookie,
			.drops = sampler->all_sockets ? 0 : listener->drops,
		};
		*entry = (hash_entry_t)sampler->sockets;
	}
	return &tables->sockets[*entry - 1];
}

void sampler_forget_sockets(const struct sampler_tables *tables, uint32_t missed_polls)
{
	struct sampler *sampler = tables->sampler;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < sampler->sockets; i++)
		if (sampler->poll - tables->sockets[i].poll < missed_polls)
			tables->sockets[kept++] = tables->sockets[i];
	if (kept == sampler->sockets)
		return;
	sampler->sockets = kept;
	index_sockets(tables);
}

/* Frees the rows that were closed for longer. Returns how many are in use. */
static uint32_t free_closed(const struct sampler_tables *tables, uint64_t nanoseconds)
{
	uint32_t used = 0;

	for (uint32_t i = 0; i < tables->sampler->shown.rows.count; i++) {
		struct synoptic_sampled *row = &tables->rows[i];

		if (row->serial && !tables->accounts[i].is_group &&
		    tables->sampler->shown.newest - row->seen > nanoseconds)
			row->serial = 0;
		used += row->serial != 0;
	}
	return used;
}

void sampler_free_rows(struct sampler *sampler)
{
	struct sampler_tables tables = sampler_tables(sampler);
	uint32_t count = sampler->shown.rows.count;
	uint64_t kept = CLOSED_ROWS_KEPT;

	for (uint32_t i = 0; i < count; i++)
		tables.accounts[i].is_group = false;
	for (uint32_t i = 0; i < count; i++)
		if (tables.rows[i].serial && tables.rows[i].group != i)
			sampler_account(&tables, i)->is_group = true;
	while (free_closed(&tables, kept) > sampler->capacity - sampler->capacity / 4 && kept > 0)
		kept /= 4;
	sampler->free_from = 0;
	index_rows(&tables);
}

/* The offsets differ with the capacity. */
static void copy(struct sampler *to, struct sampler *from)
{
	struct sampler_tables new = sampler_tables(to), old = sampler_tables(from);
	uint32_t count = from->shown.rows.count, capacity = to->capacity;
	uint32_t offset = to->shown.rows.offset;

	*to = *from;
	to->capacity = capacity;
	to->shown.rows.offset = offset;
	to->shown.asked = 0;
	memcpy(new.rows, old.rows, count * sizeof(*new.rows));
	memcpy(new.accounts, old.accounts, count * sizeof(*new.accounts));
	memcpy(new.sockets, old.sockets, from->sockets * sizeof(*new.sockets));
}

int synoptic_sampler_start(void *buffer, size_t size, uint32_t listeners, void *before)
{
	struct sampler *sampler = buffer, *from = before;
	size_t least = synoptic_sampler_size(listeners);
	struct sampler_tables tables;

	if (!buffer || (uintptr_t)buffer % _Alignof(struct sampler) || least == 0 || size < least ||
	    (from && (from->shown.abi != SYNOPTIC_ABI || from->capacity > listeners)))
		return -EINVAL;
	*sampler = (struct sampler){
		.shown = {
			.abi = SYNOPTIC_ABI,
			.rows = {
				.offset = (uint32_t)plan_for(listeners).rows,
				.stride = sizeof(struct synoptic_sampled),
			},
		},
		.capacity = listeners,
	};
	if (from)
		copy(sampler, from);
	tables = sampler_tables(sampler);
	index_rows(&tables);
	index_sockets(&tables);
	return 0;
}
