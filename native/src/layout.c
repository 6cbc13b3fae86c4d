/* layout.c - the snapshot's layout as compiled, for bindings to compare with theirs. */
#include "synoptic.h"

#define SIZE(type) { #type, sizeof(struct type) }
#define FIELD(type, field) { #type "." #field, offsetof(struct type, field) }
#define CONSTANT(name) { #name, name }

static const struct synoptic_constant layout[] = {
	CONSTANT(SYNOPTIC_ABI),
	CONSTANT(SYNOPTIC_SOURCE_AUTO),
	CONSTANT(SYNOPTIC_SOURCE_SOCK_DIAG),
	CONSTANT(SYNOPTIC_SOURCE_PROC),
	CONSTANT(SYNOPTIC_SOURCE_BPF),
	CONSTANT(SYNOPTIC_IPV4),
	CONSTANT(SYNOPTIC_IPV6),
	CONSTANT(SYNOPTIC_FAMILIES),
	CONSTANT(SYNOPTIC_STATES),
	CONSTANT(SYNOPTIC_REJECTED_SENDER),
	CONSTANT(SYNOPTIC_REJECTED_SEQUENCE),
	CONSTANT(SYNOPTIC_REJECTED_PORTID),
	CONSTANT(SYNOPTIC_REJECTIONS),
	CONSTANT(SYNOPTIC_NAMESPACES),
	CONSTANT(SYNOPTIC_LISTENERS),
	CONSTANT(SYNOPTIC_OWNERS),
	CONSTANT(SYNOPTIC_DESTINATIONS),
	CONSTANT(SYNOPTIC_DESTINATIONS_MOST),
	CONSTANT(SYNOPTIC_OWNER_UNKNOWN),
	CONSTANT(SYNOPTIC_OWNER_OTHER),
	CONSTANT(SYNOPTIC_KNOWN_LIMIT),
	CONSTANT(SYNOPTIC_KNOWN_DROPS),
	CONSTANT(SYNOPTIC_TABLES),

	SIZE(synoptic_table),
	FIELD(synoptic_table, offset),
	FIELD(synoptic_table, count),
	FIELD(synoptic_table, stride),

	SIZE(synoptic_snapshot),
	FIELD(synoptic_snapshot, abi),
	FIELD(synoptic_snapshot, size),
	FIELD(synoptic_snapshot, source),
	FIELD(synoptic_snapshot, fallback_error),
	FIELD(synoptic_snapshot, tables),
	FIELD(synoptic_snapshot, unlisted_namespaces),
	FIELD(synoptic_snapshot, scanned_sockets),
	FIELD(synoptic_snapshot, duplicate_sockets),
	FIELD(synoptic_snapshot, unlisted_listeners),
	FIELD(synoptic_snapshot, rejected_messages),
	FIELD(synoptic_snapshot, table),

	SIZE(synoptic_namespace),
	FIELD(synoptic_namespace, sockets),
	FIELD(synoptic_namespace, receive_queue_bytes),
	FIELD(synoptic_namespace, send_queue_bytes),
	FIELD(synoptic_namespace, outbound),
	FIELD(synoptic_namespace, busiest_destination_ports),
	FIELD(synoptic_namespace, busiest_destination_error),
	FIELD(synoptic_namespace, netns),
	FIELD(synoptic_namespace, cookie),
	FIELD(synoptic_namespace, pid),
	FIELD(synoptic_namespace, time_wait_buckets_limit),
	FIELD(synoptic_namespace, syncookies_mode),
	FIELD(synoptic_namespace, somaxconn),
	FIELD(synoptic_namespace, max_syn_backlog),
	FIELD(synoptic_namespace, ephemeral_ports_limit),
	FIELD(synoptic_namespace, owner_uid),

	SIZE(synoptic_listener),
	FIELD(synoptic_listener, cookie),
	FIELD(synoptic_listener, address),
	FIELD(synoptic_listener, port),
	FIELD(synoptic_listener, family),
	FIELD(synoptic_listener, known),
	FIELD(synoptic_listener, accept_queue_length),
	FIELD(synoptic_listener, accept_queue_limit),
	FIELD(synoptic_listener, drops),
	FIELD(synoptic_listener, connections),
	FIELD(synoptic_listener, cgroup),
	FIELD(synoptic_listener, inode),
	FIELD(synoptic_listener, netns_row),
	FIELD(synoptic_listener, ipv6only),

	SIZE(synoptic_owner),
	FIELD(synoptic_owner, cgroup),
	FIELD(synoptic_owner, inbound),
	FIELD(synoptic_owner, outbound),
	FIELD(synoptic_owner, netns_row),

	SIZE(synoptic_destination),
	FIELD(synoptic_destination, source),
	FIELD(synoptic_destination, destination),
	FIELD(synoptic_destination, port),
	FIELD(synoptic_destination, family),
	FIELD(synoptic_destination, ports),
	FIELD(synoptic_destination, error),
	FIELD(synoptic_destination, netns_row),

	{ NULL, 0 },
};

const struct synoptic_constant *synoptic_layout(void)
{
	return layout;
}
