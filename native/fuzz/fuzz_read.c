/*
 * fuzz_read.c - whatever the bytes, the readers count no more than the bytes hold.
 *
 * The first byte of an input chooses: modulo 3 a datagram of a dump, tcp or tcp6; a
 * third of it is the size of the pieces that tcp and tcp6 are read in. fuzz/seeds has
 * one of each, from a real kernel. `make fuzz` plays inputs derived from these; for
 * libFuzzer, which finds its own:
 *
 *   clang -fsanitize=fuzzer,address,undefined -std=gnu11 -D_GNU_SOURCE -Iinclude -Isrc \
 *     fuzz/fuzz_read.c src/{sock_diag,proc_net_tcp,tally,namespaces,listeners,owners,destinations,deadline}.c \
 *     -o fuzz_read && ./fuzz_read fuzz/seeds
 */
#include "fuzz_read.h"

#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "proc_net_tcp.h"
#include "sock_diag.h"
#include "../test/start_tally.h"

/* As the seed has them. */
#define SEQUENCE 7
#define PORTID 4321

struct outcome {
	int status;
	struct synoptic_snapshot snapshot;
	struct synoptic_namespace namespace;
};

static void require(int condition)
{
	if (!condition)
		abort();
}

static uint64_t rows(const struct outcome *outcome)
{
	return outcome->snapshot.scanned_sockets + outcome->snapshot.duplicate_sockets;
}

static void require_consistent(const struct outcome *outcome)
{
	uint64_t sum = 0;

	for (int family = 0; family < SYNOPTIC_FAMILIES; family++) {
		require(outcome->namespace.sockets[family][0] == 0);
		for (int state = 0; state < SYNOPTIC_STATES; state++)
			sum += outcome->namespace.sockets[family][state];
	}
	require(sum == outcome->snapshot.scanned_sockets);
}

/* A connection has one timer, and an orphan is in one of four states. */
static void require_timers(const struct synoptic_namespace *namespace)
{
	struct synoptic_timers sum = namespace->outbound_timers;
	uint64_t sockets = 0, closing = 0;

	for (uint32_t i = 0; i < listeners.count; i++) {
		sum.retransmitting += listener_rows[i].timers.retransmitting;
		sum.zero_window += listener_rows[i].timers.zero_window;
		sum.repeated_syn += listener_rows[i].timers.repeated_syn;
		sum.keepalive += listener_rows[i].timers.keepalive;
	}
	for (int family = 0; family < SYNOPTIC_FAMILIES; family++) {
		const uint64_t *states = namespace->sockets[family];

		for (int state = 0; state < SYNOPTIC_STATES; state++)
			sockets += state == TCP_LISTEN ? 0 : states[state];
		closing += states[TCP_FIN_WAIT1] + states[TCP_FIN_WAIT2] + states[TCP_LAST_ACK] +
			   states[TCP_CLOSING];
	}
	require((uint64_t)sum.retransmitting + sum.zero_window + sum.repeated_syn + sum.keepalive <=
		sockets);
	require(namespace->orphans <= closing);
}

/* Every byte is one owner's. */
static void require_bytes(const struct synoptic_namespace *namespace)
{
	uint64_t received = 0, sent = 0;

	for (uint32_t i = 0; i < owners.count; i++) {
		received += owner_rows[i].inbound_queues.receive_bytes +
			    owner_rows[i].outbound_queues.receive_bytes;
		sent += owner_rows[i].inbound_queues.send_bytes +
			owner_rows[i].outbound_queues.send_bytes;
	}
	require(received == namespace->receive_queue_bytes && sent == namespace->send_queue_bytes);
}

/* Every connection is one owner's, on the side that its namespace has it on. */
static void require_owners(const struct synoptic_namespace *namespace)
{
	for (int state = 0; state < SYNOPTIC_STATES; state++) {
		uint64_t sockets = 0, inbound = 0, outbound = 0;

		for (int family = 0; family < SYNOPTIC_FAMILIES; family++)
			sockets += namespace->sockets[family][state];
		for (uint32_t i = 0; i < owners.count; i++) {
			inbound += owner_rows[i].inbound[state];
			outbound += owner_rows[i].outbound[state];
		}
		require(outbound == namespace->outbound[state]);
		require(inbound + outbound == (state == TCP_LISTEN ? 0 : sockets));
	}
}

/* An input has fewer destinations than there are rows, so none is forgotten. */
static void require_destinations(struct synoptic_namespace *namespace)
{
	uint64_t outbound = 0, ports = 0, busiest = 0;

	destinations_end(&destinations, namespace, 1);
	for (int state = 0; state < SYNOPTIC_STATES; state++)
		if (state != TCP_SYN_RECV && state != TCP_CLOSE)
			outbound += namespace->outbound[state];
	for (uint32_t i = 0; i < destinations.count; i++) {
		ports += destinations.rows[i].ports;
		if (destinations.rows[i].ports > busiest)
			busiest = destinations.rows[i].ports;
	}
	require(ports == outbound && busiest == namespace->busiest_destination_ports);
	require(namespace->busiest_destination_error == 0);
}

static void read_dump(const void *bytes, size_t size)
{
	static const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct outcome outcome = { 0 };
	struct tally tally;
	struct sock_diag_dump dump = {
		.tally = &tally, .type = TCPDIAG_GETSOCK, .sequence = SEQUENCE, .portid = PORTID,
	};
	size_t row = NLMSG_LENGTH(sizeof(struct inet_diag_msg)), least;

	start_tally(&tally, &outcome.snapshot, &outcome.namespace);
	outcome.status = sock_diag_read(&dump, &kernel, bytes, size);
	require_consistent(&outcome);
	require_owners(&outcome.namespace);
	require_timers(&outcome.namespace);
	require_bytes(&outcome.namespace);
	require_destinations(&outcome.namespace);
	least = rows(&outcome) * row;
	for (int i = 0; i < SYNOPTIC_REJECTIONS; i++)
		least += outcome.snapshot.rejected_messages[i] * NLMSG_HDRLEN;
	if (outcome.status > 0)
		least += NLMSG_LENGTH(sizeof(int));
	require(outcome.status <= 1 && size >= least && rows(&outcome) == dump.rows);
}

static void read_file(struct outcome *outcome, uint8_t family, const char *text, size_t size,
		      size_t step)
{
	struct proc_net_tcp file;
	struct tally tally;

	memset(outcome, 0, sizeof(*outcome));
	start_tally(&tally, &outcome->snapshot, &outcome->namespace);
	proc_net_tcp_start(&file, &tally, family, PROC_ALL);
	for (size_t at = 0; at < size && outcome->status == 0; at += step)
		outcome->status = proc_net_tcp_read(&file, text + at,
						    size - at < step ? size - at : step);
	if (outcome->status == 0)
		outcome->status = proc_net_tcp_end(&file);
	require_consistent(outcome);
	require_owners(&outcome->namespace);
	require_timers(&outcome->namespace);
	require_bytes(&outcome->namespace);
	require_destinations(&outcome->namespace);
}

static void read_pieces(uint8_t family, const char *text, size_t size, size_t step)
{
	struct outcome whole, pieces;
	size_t lines = 0;

	for (size_t i = 0; i < size; i++)
		lines += text[i] == '\n';
	read_file(&whole, family, text, size, size);
	require(whole.status <= 1 && rows(&whole) <= lines);
	require(whole.status != 0 || (rows(&whole) == lines - 1 && text[size - 1] == '\n'));
	read_file(&pieces, family, text, size, step ? step : 1);
	require(memcmp(&whole, &pieces, sizeof(whole)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	char *bytes;

	if (size == 0)
		return 0;
	/* Aligned as in a scan, and no byte more. */
	bytes = malloc(size > 1 ? size - 1 : 1);
	require(bytes != NULL);
	memcpy(bytes, input + 1, size - 1);
	if (input[0] % 3 == 0)
		read_dump(bytes, size - 1);
	else
		read_pieces(input[0] % 3 == 1 ? AF_INET : AF_INET6, bytes, size - 1, input[0] / 3);
	free(bytes);
	return 0;
}
