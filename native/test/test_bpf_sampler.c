/* Polls of the listeners of every namespace. */
#include "node.h"
#include "sampling.h"

#include <errno.h>

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

static _Alignas(8) char sampler[8 << 20];

/* The thread goes to another namespace. */
static int call(void *buffer)
{
	if (unshare(CLONE_NEWNET) < 0)
		return -errno;
	return synoptic_sample_node(buffer, node_descriptors.program, node_descriptors.records, 40,
				    NODE_TIMEOUT_MS, node_buffer, sizeof(node_buffer),
				    NODE_NAMESPACES);
}

static uint64_t netns_cookie(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint64_t cookie = 0;
	socklen_t size = sizeof(cookie);

	CHECK_EQUAL(0, getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size));
	close(fd);
	return cookie;
}

TEST(a_queue_that_is_full_for_a_second_is_seen_to_be_from_another_namespace)
{
	const struct synoptic_sampler *header = (const void *)sampler;

	need_sock_diag();
	node_load();
	enter_namespace();
	CHECK(synoptic_sampler_size(20000) <= sizeof(sampler));
	CHECK_EQUAL(0, synoptic_sampler_start(sampler, sizeof(sampler), 20000, NULL));
	check_full_second(sampler, netns_cookie(), sample_full_second(sampler, call));
	CHECK_EQUAL(SYNOPTIC_SOURCE_BPF, header->source);
}

MAIN()
