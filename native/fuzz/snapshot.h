/* snapshot.h - what holds of every snapshot: its tables agree with each other, and a failed scan has none. */
#ifndef FUZZ_SNAPSHOT_H
#define FUZZ_SNAPSHOT_H

#include <netinet/tcp.h>

#include "fuzz.h"
#include "synoptic.h"

static inline const void *table_row(const struct synoptic_snapshot *snapshot,
				    enum synoptic_table_number table, uint32_t row)
{
	return (const char *)snapshot + snapshot->table[table].offset +
	       (size_t)row * snapshot->table[table].stride;
}

static inline uint32_t table_rows(const struct synoptic_snapshot *snapshot,
				  enum synoptic_table_number table)
{
	return snapshot->table[table].count;
}

static inline const struct synoptic_namespace *namespace_row(const struct synoptic_snapshot *snapshot,
							     uint32_t row)
{
	return table_row(snapshot, SYNOPTIC_NAMESPACES, row);
}

static inline const struct synoptic_listener *listener_row(const struct synoptic_snapshot *snapshot,
							   uint32_t row)
{
	return table_row(snapshot, SYNOPTIC_LISTENERS, row);
}

static inline const struct synoptic_owner *owner_row(const struct synoptic_snapshot *snapshot,
						     uint32_t row)
{
	return table_row(snapshot, SYNOPTIC_OWNERS, row);
}

static inline const struct synoptic_destination *
destination_row(const struct synoptic_snapshot *snapshot, uint32_t row)
{
	return table_row(snapshot, SYNOPTIC_DESTINATIONS, row);
}

/* Tables follow the header and each other, and end where the snapshot does. */
static inline void require_layout(const struct synoptic_snapshot *snapshot, size_t size)
{
	uint32_t end = sizeof(*snapshot);

	REQUIRE(snapshot->abi == SYNOPTIC_ABI && snapshot->tables == SYNOPTIC_TABLES);
	for (int i = 0; i < SYNOPTIC_TABLES; i++) {
		const struct synoptic_table *table = &snapshot->table[i];

		REQUIRE(table->offset == end || table->count == 0);
		end += table->count * table->stride;
	}
	REQUIRE(snapshot->size == end && end <= size);
}

/* A scan that failed has no counts: no row, and no zero that could be taken for one. */
static inline void require_failed(const struct synoptic_snapshot *snapshot)
{
	for (int i = 0; i < SYNOPTIC_TABLES; i++)
		REQUIRE(snapshot->table[i].count == 0);
	REQUIRE(snapshot->size == sizeof(*snapshot));
	REQUIRE(snapshot->scanned_sockets == 0 && snapshot->duplicate_sockets == 0);
	REQUIRE(snapshot->unlisted_listeners == 0 && snapshot->unlisted_namespaces == 0);
}

static inline void require_ages(const struct synoptic_close_wait *ages)
{
	REQUIRE(ages->over_one_hour <= ages->over_ten_minutes);
	REQUIRE(ages->over_ten_minutes <= ages->over_one_minute);
	REQUIRE((ages->oldest > 60000) == (ages->over_one_minute > 0));
	REQUIRE((ages->oldest > 600000) == (ages->over_ten_minutes > 0));
	REQUIRE((ages->oldest > 3600000) == (ages->over_one_hour > 0));
}

static inline void add_timers(struct synoptic_timers *sum, const struct synoptic_timers *timers)
{
	sum->retransmitting += timers->retransmitting;
	sum->zero_window += timers->zero_window;
	sum->repeated_syn += timers->repeated_syn;
	sum->keepalive += timers->keepalive;
}

/* Each connection is its listener's or outbound, has one timer, and is an orphan in four states alone. */
static inline void require_namespace(const struct synoptic_snapshot *snapshot, uint32_t number)
{
	const struct synoptic_namespace *row = namespace_row(snapshot, number);
	struct synoptic_timers timers = row->outbound_timers;
	uint64_t listed[SYNOPTIC_STATES] = { 0 }, sockets[SYNOPTIC_STATES] = { 0 }, connections = 0;

	for (uint32_t i = 0; i < table_rows(snapshot, SYNOPTIC_LISTENERS); i++) {
		const struct synoptic_listener *listener = listener_row(snapshot, i);

		if (listener->netns_row != number)
			continue;
		listed[TCP_LISTEN]++;
		for (int state = 0; state < SYNOPTIC_STATES; state++)
			listed[state] += listener->connections[state];
		add_timers(&timers, &listener->timers);
		require_ages(&listener->close_wait);
	}
	for (int state = 0; state < SYNOPTIC_STATES; state++) {
		sockets[state] = row->sockets[SYNOPTIC_IPV4][state] + row->sockets[SYNOPTIC_IPV6][state];
		if (state == TCP_LISTEN) {
			REQUIRE(sockets[state] >= listed[state] && row->outbound[state] == 0);
			REQUIRE(sockets[state] - listed[state] <= snapshot->unlisted_listeners);
			continue;
		}
		REQUIRE(sockets[state] == listed[state] + row->outbound[state]);
		connections += sockets[state];
	}
	REQUIRE(sockets[0] == 0);
	REQUIRE((uint64_t)timers.retransmitting + timers.zero_window + timers.repeated_syn +
			timers.keepalive <= connections);
	REQUIRE(row->orphans <= sockets[TCP_FIN_WAIT1] + sockets[TCP_FIN_WAIT2] +
					sockets[TCP_LAST_ACK] + sockets[TCP_CLOSING]);
	require_ages(&row->outbound_close_wait);
}

/* Every connection and every byte is one owner's, on the side that its namespace has it on. */
static inline void require_owners(const struct synoptic_snapshot *snapshot)
{
	uint64_t inbound[SYNOPTIC_STATES] = { 0 }, outbound[SYNOPTIC_STATES] = { 0 };
	uint64_t received = 0, sent = 0;

	for (uint32_t i = 0; i < table_rows(snapshot, SYNOPTIC_NAMESPACES); i++) {
		const struct synoptic_namespace *row = namespace_row(snapshot, i);

		received += row->receive_queue_bytes;
		sent += row->send_queue_bytes;
		for (int state = 0; state < SYNOPTIC_STATES; state++)
			outbound[state] += row->outbound[state];
	}
	for (uint32_t i = 0; i < table_rows(snapshot, SYNOPTIC_LISTENERS); i++)
		for (int state = 0; state < SYNOPTIC_STATES; state++)
			inbound[state] += listener_row(snapshot, i)->connections[state];
	for (uint32_t i = 0; i < table_rows(snapshot, SYNOPTIC_OWNERS); i++) {
		const struct synoptic_owner *row = owner_row(snapshot, i);

		received -= row->inbound_queues.receive_bytes + row->outbound_queues.receive_bytes;
		sent -= row->inbound_queues.send_bytes + row->outbound_queues.send_bytes;
		for (int state = 0; state < SYNOPTIC_STATES; state++) {
			inbound[state] -= row->inbound[state];
			outbound[state] -= row->outbound[state];
		}
		require_ages(&row->inbound_close_wait);
		require_ages(&row->outbound_close_wait);
	}
	for (int state = 0; state < SYNOPTIC_STATES; state++)
		REQUIRE(inbound[state] == 0 && outbound[state] == 0);
	REQUIRE(received == 0 && sent == 0);
}

/* As many destinations as fit are all of them: each outbound socket is one of their ports. */
static inline void require_destinations(const struct synoptic_snapshot *snapshot)
{
	uint32_t rows = table_rows(snapshot, SYNOPTIC_DESTINATIONS);
	uint64_t ports = 0, outbound = 0;

	for (uint32_t i = 0; i < table_rows(snapshot, SYNOPTIC_NAMESPACES); i++) {
		const struct synoptic_namespace *row = namespace_row(snapshot, i);

		for (int state = 0; state < SYNOPTIC_STATES; state++)
			if (state != TCP_SYN_RECV && state != TCP_CLOSE)
				outbound += row->outbound[state];
		REQUIRE(row->busiest_destination_error <= row->busiest_destination_ports);
	}
	for (uint32_t i = 0; i < rows; i++) {
		const struct synoptic_destination *row = destination_row(snapshot, i);

		REQUIRE(row->netns_row < table_rows(snapshot, SYNOPTIC_NAMESPACES));
		REQUIRE(row->time_wait <= row->ports && row->error < row->ports);
		REQUIRE(row->ports <= namespace_row(snapshot, row->netns_row)->busiest_destination_ports);
		REQUIRE(i == 0 || row->ports <= destination_row(snapshot, i - 1)->ports);
		ports += row->ports - row->error;
	}
	REQUIRE(ports <= outbound && rows <= SYNOPTIC_DESTINATIONS_MOST);
	REQUIRE(rows == SYNOPTIC_DESTINATIONS_MOST || ports == outbound);
}

/* Of a scan of all sockets that succeeded. */
static inline void require_complete(const struct synoptic_snapshot *snapshot)
{
	uint64_t sum = 0, listening = snapshot->unlisted_listeners;

	for (uint32_t i = 0; i < table_rows(snapshot, SYNOPTIC_NAMESPACES); i++) {
		const struct synoptic_namespace *row = namespace_row(snapshot, i);

		for (int family = 0; family < SYNOPTIC_FAMILIES; family++) {
			listening -= row->sockets[family][TCP_LISTEN];
			for (int state = 0; state < SYNOPTIC_STATES; state++)
				sum += row->sockets[family][state];
		}
		require_namespace(snapshot, i);
	}
	REQUIRE(sum == snapshot->scanned_sockets);
	REQUIRE(listening + table_rows(snapshot, SYNOPTIC_LISTENERS) == 0);
	for (uint32_t i = 0; i < table_rows(snapshot, SYNOPTIC_LISTENERS); i++)
		REQUIRE(listener_row(snapshot, i)->netns_row < table_rows(snapshot, SYNOPTIC_NAMESPACES));
	require_owners(snapshot);
	require_destinations(snapshot);
}

/* What a scan has left in a buffer of `size`, and what it returned. */
static inline void require_consistent(const struct synoptic_snapshot *snapshot, size_t size, int status,
				      bool listeners_alone)
{
	REQUIRE(status <= 0);
	require_layout(snapshot, size);
	if (status)
		require_failed(snapshot);
	else if (!listeners_alone)
		require_complete(snapshot);
	else
		REQUIRE(table_rows(snapshot, SYNOPTIC_LISTENERS) + snapshot->unlisted_listeners <=
			snapshot->scanned_sockets);
}

#endif
