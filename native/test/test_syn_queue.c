/* The SYN queue of each listening socket by itself, through BPF. */
#include "synoptic.h"

#include "pairs.h"
#include "places.h"

#include <linux/filter.h>
#include <netinet/tcp.h>

#define LISTENERS 2
#define CLIENTS 24 /* all of them with one of two listeners: once in 8 million */

/* One of several on a port, which gets SYNs and nothing else; port 0: any. */
static int listen_for_syns(struct sockaddr_in *address)
{
	struct sock_filter only_syn[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13), /* the flags */
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x10 /* ACK */, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, 0xffff),
	};
	struct sock_fprog filter = { .len = 4, .filter = only_syn };
	socklen_t size = sizeof(*address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	CHECK_EQUAL(0, setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)));
	CHECK_EQUAL(0, setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)));
	CHECK_EQUAL(0, bind(fd, (struct sockaddr *)address, size));
	CHECK_EQUAL(0, listen(fd, 128));
	CHECK_EQUAL(0, getsockname(fd, (struct sockaddr *)address, &size));
	return fd;
}

static int connect_to(const struct sockaddr_in *address)
{
	struct linger reset = { .l_onoff = 1 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK_EQUAL(0, connect(fd, (const struct sockaddr *)address, sizeof(*address)));
	CHECK_EQUAL(0, setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)));
	return fd;
}

TEST(workers_that_share_a_port_have_a_syn_queue_each)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int listeners[LISTENERS], clients[CLIENTS];
	uint32_t rows = 0, sum = 0, all = 0;
	int fd;

	start();
	make_place(1024);
	for (int i = 0; i < LISTENERS; i++)
		listeners[i] = listen_for_syns(&address);
	for (int i = 0; i < CLIENTS; i++)
		clients[i] = connect_to(&address);
	node_scan();
	fd = netns_open();
	for (uint32_t i = 0; i < node->table[SYNOPTIC_LISTENERS].count; i++) {
		const struct synoptic_listener *row = table_row(node, SYNOPTIC_LISTENERS, i);

		if (row->netns_row != node_row(node_namespace(netns_number(fd))))
			continue;
		CHECK(row->known & SYNOPTIC_KNOWN_SYN_QUEUE);
		CHECK(row->syn_queue_length > 0 && row->syn_queue_length < CLIENTS);
		CHECK_EQUAL(0, row->fast_open_queue_length);
		rows++;
		sum += row->syn_queue_length;
		all += row->connections[TCP_SYN_RECV];
	}
	CHECK_EQUAL(LISTENERS, rows);
	CHECK_EQUAL(CLIENTS, sum);
	CHECK_EQUAL(CLIENTS, all);
	close(fd);
	for (int i = 0; i < CLIENTS; i++)
		close(clients[i]);
	for (int i = 0; i < LISTENERS; i++)
		close(listeners[i]);
	start();
}

MAIN()
