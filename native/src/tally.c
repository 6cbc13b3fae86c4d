/* tally.c - folds one socket at a time into a snapshot's tables. */
#include "tally.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <string.h>

void tally_start(struct tally *tally, struct synoptic_snapshot *snapshot,
		 struct synoptic_namespace *namespaces, struct listeners *listeners,
		 struct owners *owners, struct destinations *destinations)
{
	memset(tally, 0, sizeof(*tally));
	tally->snapshot = snapshot;
	tally->namespaces = namespaces;
	tally->listeners = listeners;
	tally->owners = owners;
	tally->destinations = destinations;
	tally->known = SYNOPTIC_KNOWN_TIMERS | SYNOPTIC_KNOWN_ORPHANS | SYNOPTIC_KNOWN_AGES;
}

void tally_set_ipv4(struct tally_socket *socket, const uint32_t own[1], const uint32_t peer[1])
{
	socket->family = SYNOPTIC_IPV4;
	memset(socket->address, 0, sizeof(socket->address));
	memset(socket->peer, 0, sizeof(socket->peer));
	socket->address[0] = own[0];
	socket->peer[0] = peer[0];
}

/* Both ends are v4-mapped, or neither. */
void tally_set_ipv6(struct tally_socket *socket, const uint32_t own[4], const uint32_t peer[4])
{
	if (own[0] == 0 && own[1] == 0 && own[2] == htonl(0xffff)) {
		tally_set_ipv4(socket, &own[3], &peer[3]);
		return;
	}
	socket->family = SYNOPTIC_IPV6;
	memcpy(socket->address, own, sizeof(socket->address));
	memcpy(socket->peer, peer, sizeof(socket->peer));
}

/* Cookies count up from 1, but not in the order of a dump: spread them. */
static uint16_t *chain_of(struct tally *tally, uint64_t key)
{
	return &tally->chain[(key * 0x9e3779b97f4a7c15ULL) >> 54];
}

_Static_assert(TALLY_CHAINS == 1 << (64 - 54), "chain_of() keeps the top bits");

static void forget(struct tally *tally, uint32_t position)
{
	uint16_t *link = chain_of(tally, tally->recent[position]);

	while (*link != position + 1)
		link = &tally->next_in_chain[*link - 1];
	*link = tally->next_in_chain[position];
}

static void remember(struct tally *tally, uint64_t key)
{
	uint32_t position = tally->position;
	uint16_t *chain = chain_of(tally, key);

	if (tally->full)
		forget(tally, position);
	tally->recent[position] = key;
	tally->next_in_chain[position] = *chain;
	*chain = (uint16_t)(position + 1);
	tally->position = (position + 1) % TALLY_RECENT;
	tally->full |= tally->position == 0;
}

static bool seen_recently(struct tally *tally, uint64_t key)
{
	for (uint16_t at = *chain_of(tally, key); at; at = tally->next_in_chain[at - 1])
		if (tally->recent[at - 1] == key)
			return true;
	return false;
}

/*
 * The kernel's queue lengths are differences of sequence numbers, and a SYN or a FIN
 * has one: a received FIN that the program hasn't read yet as the end, or a sent one that
 * isn't acknowledged yet. It is the last number, so a queue that isn't empty still has it.
 */
static void count_bytes(struct tally *tally, const struct tally_socket *socket,
			struct synoptic_owner *owner, bool inbound)
{
	struct synoptic_namespace *namespace = &tally->namespaces[socket->netns_row];
	uint32_t received = socket->receive_queue, sent = socket->send_queue;
	uint8_t state = socket->state;
	bool has_peers_fin = state == TCP_CLOSE_WAIT || state == TCP_LAST_ACK ||
			     state == TCP_CLOSING;
	bool has_own_flag = state == TCP_SYN_SENT || state == TCP_FIN_WAIT1 ||
			    state == TCP_LAST_ACK || state == TCP_CLOSING;

	received -= has_peers_fin && received > 0;
	sent -= has_own_flag && sent > 0;
	namespace->receive_queue_bytes += received;
	namespace->send_queue_bytes += sent;
	owners_add_bytes(owner, inbound, received, sent);
}

static void count_orphan(struct tally *tally, const struct tally_socket *socket)
{
	bool timewait = socket->timer == TALLY_TIMER_TIME_WAIT;

	if (!tally_may_be_orphan(socket->state))
		return;
	if (socket->known & SYNOPTIC_KNOWN_ORPHANS)
		tally->namespaces[socket->netns_row].orphans += socket->closed && !timewait;
	else
		tally->known &= ~(uint32_t)SYNOPTIC_KNOWN_ORPHANS;
}

/* Of a socket in FIN_WAIT2 without a program it ends that state, and keeps nothing alive. */
static bool keeps_alive(const struct tally_socket *socket)
{
	return socket->timer == TALLY_TIMER_KEEPALIVE &&
	       !(socket->state == TCP_FIN_WAIT2 && socket->closed);
}

static void count_timer(struct tally *tally, struct synoptic_timers *timers,
			const struct tally_socket *socket)
{
	bool repeated = socket->timer == TALLY_TIMER_RETRANSMIT && socket->repeats > 0;
	bool handshake = socket->state == TCP_SYN_SENT || socket->state == TCP_SYN_RECV;

	if (!(socket->known & SYNOPTIC_KNOWN_TIMERS)) {
		tally->known &= ~(uint32_t)SYNOPTIC_KNOWN_TIMERS;
		return;
	}
	timers->retransmitting += repeated && !handshake;
	timers->repeated_syn += repeated && handshake;
	timers->zero_window += socket->timer == TALLY_TIMER_PROBE;
	timers->keepalive += keeps_alive(socket);
}

static void add_age(struct synoptic_close_wait *to, uint32_t age)
{
	if (to->oldest < age)
		to->oldest = age;
	to->over_one_minute += age > 60 * 1000;
	to->over_ten_minutes += age > 10 * 60 * 1000;
	to->over_one_hour += age > 60 * 60 * 1000;
}

static void count_age(struct tally *tally, struct synoptic_listener *listener,
		      struct synoptic_owner *owner, const struct tally_socket *socket)
{
	struct synoptic_namespace *namespace = &tally->namespaces[socket->netns_row];

	if (socket->state != TCP_CLOSE_WAIT)
		return;
	if (!(socket->known & SYNOPTIC_KNOWN_AGES)) {
		tally->known &= ~(uint32_t)SYNOPTIC_KNOWN_AGES;
		return;
	}
	add_age(listener ? &listener->close_wait : &namespace->outbound_close_wait, socket->age);
	add_age(listener ? &owner->inbound_close_wait : &owner->outbound_close_wait, socket->age);
}

void tally_start_ages(struct tally *tally)
{
	memset(tally->recent, 0, sizeof(tally->recent));
	memset(tally->next_in_chain, 0, sizeof(tally->next_in_chain));
	memset(tally->chain, 0, sizeof(tally->chain));
	tally->position = 0;
	tally->full = false;
	tally->known |= SYNOPTIC_KNOWN_AGES;
}

static bool is_new(struct tally *tally, uint64_t key)
{
	if (key == 0)
		return true;
	if (seen_recently(tally, key))
		return false;
	remember(tally, key);
	return true;
}

void tally_add_age(struct tally *tally, const struct tally_socket *socket)
{
	if (is_new(tally, socket->key))
		count_age(tally, listeners_find(tally->listeners, socket),
			  owners_find(tally->owners, socket), socket);
}

/* Most connections: nothing of them counts but that they are there. */
static bool is_idle(const struct tally_socket *socket)
{
	return socket->state == TCP_ESTABLISHED && socket->timer == TALLY_TIMER_NONE &&
	       (socket->receive_queue | socket->send_queue) == 0 &&
	       (socket->known & SYNOPTIC_KNOWN_TIMERS);
}

bool tally_add(struct tally *tally, const struct tally_socket *socket)
{
	struct synoptic_namespace *namespace = &tally->namespaces[socket->netns_row];
	struct synoptic_listener *listener;
	struct synoptic_owner *owner;

	if (!is_new(tally, socket->key)) {
		tally->snapshot->duplicate_sockets++;
		return false;
	}
	tally->snapshot->scanned_sockets++;
	namespace->sockets[socket->family][socket->state]++;
	if (socket->state == TCP_LISTEN) {
		tally->snapshot->unlisted_listeners += !listeners_add(tally->listeners, socket);
		return true;
	}
	listener = listeners_count(tally->listeners, socket);
	owner = owners_count(tally->owners, socket, listener != NULL);
	if (!is_idle(socket)) {
		count_bytes(tally, socket, owner, listener != NULL);
		count_orphan(tally, socket);
		count_timer(tally, listener ? &listener->timers : &namespace->outbound_timers,
			    socket);
		count_age(tally, listener, owner, socket);
	}
	if (listener)
		return true;
	namespace->outbound[socket->state]++;
	destinations_count(tally->destinations, socket);
	return true;
}
