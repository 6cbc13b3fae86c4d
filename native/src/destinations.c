/*
 * destinations.c - how many local ports are in use towards which destination.
 *
 * Sockets with one local address and one destination differ in their local port, so their number
 * is the number of ports in use. There may be as many destinations as sockets; rows for them are
 * k = DESTINATIONS_COUNTED. This is the sketch of Misra and Gries, "Finding repeated elements"
 * (1982): a socket whose destination has no row, when all rows are taken, is forgotten together
 * with one socket of every row, and a row that has none left is free.
 *
 * No row is lowered for that: `forgotten` counts how often it happened, and a row is free when its
 * `ports` is no more than that. A new row starts from there.
 *
 * Invariant, of a destination with t sockets so far:
 *   with a row     ports - error <= t <= ports, and error <= forgotten < ports
 *   without a row  t <= forgotten
 *
 * Bound: forgotten <= n / (k + 1) after n sockets, because k + 1 are forgotten each time, and none
 * twice. So with no more than k destinations nothing is forgotten, and every error is 0.
 *
 * Time: k rows are visited each time k + 1 sockets are forgotten, so O(1) a socket. One takes
 * 8 to 18 ns, with 100 destinations and with 1,000,000.
 */
#include "destinations.h"

#include <netinet/tcp.h>
#include <stdbool.h>
#include <string.h>

#include "tally.h"

_Static_assert(sizeof(struct synoptic_destination) % sizeof(uint32_t) == 0,
	       "hashes follow the rows");

void destinations_start(struct destinations *destinations, void *bytes, uint64_t seed)
{
	memset(destinations, 0, sizeof(*destinations));
	destinations->rows = bytes;
	destinations->hashes = (void *)&destinations->rows[DESTINATIONS_COUNTED];
	destinations->index = (void *)&destinations->hashes[DESTINATIONS_COUNTED];
	destinations->entries = hash_entries(DESTINATIONS_COUNTED);
	destinations->seed = seed;
	memset(destinations->index, 0, destinations->entries * sizeof(*destinations->index));
}

/* The port comes last: of the last value the upper bits count least. */
static uint32_t hash_of(const struct destinations *destinations, const struct tally_socket *socket)
{
	uint64_t hash = destinations->seed + socket->netns_row;
	int words = socket->family == SYNOPTIC_IPV4 ? 1 : 4;

	for (int i = 0; i < words; i++)
		hash = hash_mix(hash, (uint64_t)socket->address[i] << 32 | socket->peer[i]);
	return (uint32_t)hash_mix(hash, socket->peer_port);
}

static bool is_towards(const struct synoptic_destination *row, const struct tally_socket *socket)
{
	return row->port == socket->peer_port && row->family == socket->family &&
	       row->netns_row == socket->netns_row &&
	       memcmp(row->source, socket->address, sizeof(row->source)) == 0 &&
	       memcmp(row->destination, socket->peer, sizeof(row->destination)) == 0;
}

/* The entry of the destination's row, or the free entry for it. */
static hash_entry_t *find(struct destinations *destinations, const struct tally_socket *socket,
			  uint32_t hash)
{
	for (uint32_t at = hash;; at++) {
		hash_entry_t *entry = &destinations->index[at & (destinations->entries - 1)];

		if (*entry == 0 || (destinations->hashes[*entry - 1] == hash &&
				    is_towards(&destinations->rows[*entry - 1], socket)))
			return entry;
	}
}

/* The first entry from its hash on that is free. */
static hash_entry_t *free_entry(struct destinations *destinations, uint32_t hash)
{
	while (destinations->index[hash & (destinations->entries - 1)])
		hash++;
	return &destinations->index[hash & (destinations->entries - 1)];
}

static void index_rows(struct destinations *destinations)
{
	memset(destinations->index, 0, destinations->entries * sizeof(*destinations->index));
	for (uint32_t i = 0; i < destinations->count; i++)
		*free_entry(destinations, destinations->hashes[i]) = (hash_entry_t)(i + 1);
}

static void forget_one_of_each(struct destinations *destinations)
{
	uint32_t kept = 0;

	destinations->forgotten++;
	for (uint32_t i = 0; i < destinations->count; i++) {
		if (destinations->rows[i].ports <= destinations->forgotten)
			continue;
		if (kept < i) {
			destinations->rows[kept] = destinations->rows[i];
			destinations->hashes[kept] = destinations->hashes[i];
		}
		kept++;
	}
	if (kept == destinations->count)
		return;
	destinations->count = kept;
	index_rows(destinations);
}

static void append(struct destinations *destinations, const struct tally_socket *socket,
		   uint32_t hash, hash_entry_t *entry)
{
	struct synoptic_destination *row = &destinations->rows[destinations->count];

	*row = (struct synoptic_destination){
		.port = socket->peer_port,
		.family = (uint8_t)socket->family,
		.ports = destinations->forgotten + 1,
		.error = destinations->forgotten,
		.netns_row = socket->netns_row,
		.time_wait = socket->state == TCP_TIME_WAIT,
	};
	memcpy(row->source, socket->address, sizeof(row->source));
	memcpy(row->destination, socket->peer, sizeof(row->destination));
	destinations->hashes[destinations->count] = hash;
	destinations->count++;
	*entry = (hash_entry_t)destinations->count;
}

/*
 * The local port of a request socket is a listener's, even if the listener is unknown. A socket in
 * CLOSE has no destination; Linux lists none, but gVisor does.
 */
static bool has_destination(int state)
{
	return state != TCP_SYN_RECV && state != TCP_CLOSE;
}

void destinations_count(struct destinations *destinations, const struct tally_socket *socket)
{
	hash_entry_t *entry;
	uint32_t hash;

	if (!has_destination(socket->state))
		return;
	hash = hash_of(destinations, socket);
	entry = find(destinations, socket, hash);
	if (*entry) {
		destinations->rows[*entry - 1].ports++;
		destinations->rows[*entry - 1].time_wait += socket->state == TCP_TIME_WAIT;
	} else if (destinations->count < DESTINATIONS_COUNTED)
		append(destinations, socket, hash, entry);
	else
		forget_one_of_each(destinations);
}

static void swap(struct synoptic_destination *one, struct synoptic_destination *other)
{
	struct synoptic_destination row = *one;

	*one = *other;
	*other = row;
}

/* A namespace uses no more ports than it has sockets with a destination. */
static uint32_t ports_at_most(const struct synoptic_namespace *namespace, uint32_t ports)
{
	uint64_t sockets = 0;

	for (int state = 0; state < SYNOPTIC_STATES; state++)
		if (has_destination(state))
			sockets += namespace->outbound[state];
	return sockets < ports ? (uint32_t)sockets : ports;
}

/* As tcp_twsk_unique() has it, net/ipv4/tcp_ipv4.c, but for sockets bound to the interface. */
static bool is_loopback(const uint8_t *address, uint8_t family)
{
	static const uint8_t ipv6[16] = { [15] = 1 };

	return family == SYNOPTIC_IPV4 ? address[0] == 127 : memcmp(address, ipv6, sizeof(ipv6)) == 0;
}

static void set_held(struct synoptic_namespace *namespace, const struct synoptic_destination *row)
{
	uint32_t without = row->ports - row->time_wait;
	bool loopback = is_loopback(row->source, row->family) ||
			is_loopback(row->destination, row->family);
	const uint32_t held[] = { row->ports, without, loopback ? without : row->ports };

	for (int mode = 0; mode < 3; mode++)
		if (held[mode] > namespace->busiest_destination_held[mode])
			namespace->busiest_destination_held[mode] = held[mode];
}

/* Until the last loop `error` holds the least ports that the busiest destination can have. */
static void set_namespaces(const struct destinations *destinations,
			    struct synoptic_namespace *namespaces, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		namespaces[i].busiest_destination_ports =
			ports_at_most(&namespaces[i], destinations->forgotten);
		for (int mode = 0; mode < 3; mode++)
			namespaces[i].busiest_destination_held[mode] =
				namespaces[i].busiest_destination_ports;
	}
	for (uint32_t i = 0; i < destinations->count; i++) {
		const struct synoptic_destination *row = &destinations->rows[i];
		struct synoptic_namespace *namespace = &namespaces[row->netns_row];

		if (row->ports > namespace->busiest_destination_ports)
			namespace->busiest_destination_ports = row->ports;
		if (row->ports - row->error > namespace->busiest_destination_error)
			namespace->busiest_destination_error = row->ports - row->error;
		set_held(namespace, row);
	}
	for (uint32_t i = 0; i < count; i++)
		namespaces[i].busiest_destination_error =
			namespaces[i].busiest_destination_ports -
			namespaces[i].busiest_destination_error;
}

uint32_t destinations_end(struct destinations *destinations,
			  struct synoptic_namespace *namespaces, uint32_t count)
{
	struct synoptic_destination *rows = destinations->rows;
	uint32_t shown = destinations->count;

	if (shown > SYNOPTIC_DESTINATIONS_MOST)
		shown = SYNOPTIC_DESTINATIONS_MOST;
	for (uint32_t i = 0; i < shown; i++) {
		uint32_t busiest = i;

		for (uint32_t j = i + 1; j < destinations->count; j++)
			if (rows[j].ports > rows[busiest].ports)
				busiest = j;
		swap(&rows[i], &rows[busiest]);
	}
	set_namespaces(destinations, namespaces, count);
	return shown;
}
