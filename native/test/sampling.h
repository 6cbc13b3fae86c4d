/* sampling.h - a sampler that runs in a thread, and a listener whose accept queue a test fills. */
#ifndef SAMPLING_H
#define SAMPLING_H

#include "namespace.h"
#include "synoptic.h"

#include <pthread.h>
#include <time.h>

#define SECOND 1000000000ULL
#define MILLISECOND 1000000ULL

static inline uint64_t now_nanoseconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

static inline const struct synoptic_sampled *sampled_row(const void *sampler, uint32_t row)
{
	const struct synoptic_sampler *header = sampler;

	return (const void *)((const char *)sampler + header->rows.offset +
			      (size_t)row * header->rows.stride);
}

/* The row of a port of IPv4; or null. */
static inline const struct synoptic_sampled *sampled_port(const void *sampler, uint64_t netns_cookie,
							  uint16_t port)
{
	const struct synoptic_sampler *header = sampler;

	for (uint32_t i = 0; i < header->rows.count; i++) {
		const struct synoptic_sampled *row = sampled_row(sampler, i);

		if (row->serial && row->netns_cookie == netns_cookie &&
		    row->family == SYNOPTIC_IPV4 && row->port == port)
			return row;
	}
	return NULL;
}

struct sampling {
	pthread_t thread;
	void *sampler;
	int (*call)(void *sampler);
	int status;
};

static inline void *sampling_run(void *argument)
{
	struct sampling *sampling = argument;

	sampling->status = sampling->call(sampling->sampler);
	return NULL;
}

static inline void sampling_start(struct sampling *sampling, void *sampler, int (*call)(void *))
{
	sampling->sampler = sampler;
	sampling->call = call;
	CHECK_EQUAL(0, pthread_create(&sampling->thread, NULL, sampling_run, sampling));
}

static inline int sampling_ask(struct sampling *sampling)
{
	synoptic_sampler_ask(sampling->sampler);
	CHECK_EQUAL(0, pthread_join(sampling->thread, NULL));
	return sampling->status;
}

/* A listener on 127.0.0.1 with room for two connections in its accept queue. */
struct queue {
	int listener, clients[2];
	struct sockaddr_in address;
	uint16_t port;
};

static inline struct queue queue_open(void)
{
	struct queue queue = {
		.address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) },
	};
	socklen_t size = sizeof(queue.address);

	queue.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(queue.listener >= 0);
	CHECK_EQUAL(0, bind(queue.listener, (struct sockaddr *)&queue.address, size));
	CHECK_EQUAL(0, listen(queue.listener, 1));
	CHECK_EQUAL(0, getsockname(queue.listener, (struct sockaddr *)&queue.address, &size));
	queue.port = ntohs(queue.address.sin_port);
	return queue;
}

static inline void queue_fill(struct queue *queue)
{
	for (int i = 0; i < 2; i++) {
		queue->clients[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		CHECK(queue->clients[i] >= 0);
		CHECK_EQUAL(0, connect(queue->clients[i], (struct sockaddr *)&queue->address,
				       sizeof(queue->address)));
	}
}

static inline void queue_empty(struct queue *queue)
{
	struct linger reset = { .l_onoff = 1 };

	for (int i = 0; i < 2; i++) {
		setsockopt(queue->clients[i], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(accept(queue->listener, NULL, NULL));
		close(queue->clients[i]);
	}
}

/* A queue that is empty, full for a second, and empty again, under a sampler. In nanoseconds: */
struct full_second {
	uint16_t port;
	uint64_t least, most; /* it was full */
	uint64_t sampled;     /* from the sampler's start to its end */
};

static inline struct full_second sample_full_second(void *sampler, int (*call)(void *))
{
	struct full_second second = { .sampled = now_nanoseconds() };
	struct sampling sampling;
	struct queue queue = queue_open();
	uint64_t begun, full;

	sampling_start(&sampling, sampler, call);
	usleep(200000);
	begun = now_nanoseconds();
	queue_fill(&queue);
	full = now_nanoseconds();
	usleep(1000000);
	second.least = now_nanoseconds() - full;
	queue_empty(&queue);
	second.most = now_nanoseconds() - begun;
	usleep(200000);
	CHECK_EQUAL(SYNOPTIC_SAMPLER_ASKED, sampling_ask(&sampling));
	second.sampled = now_nanoseconds() - second.sampled;
	second.port = queue.port;
	close(queue.listener);
	return second;
}

/* For a busy machine, on which a poll comes late. */
#define POLLED_WITHIN (SECOND / 2)

static inline void check_full_second(const void *sampler, uint64_t netns_cookie,
				     struct full_second second)
{
	const struct synoptic_sampler *header = sampler;
	const struct synoptic_sampled *row = sampled_port(sampler, netns_cookie, second.port);
	uint64_t missed = second.sampled - header->observed_nanoseconds;

	CHECK(row);
	CHECK(header->observed_nanoseconds <= second.sampled);
	CHECK(row->full_nanoseconds + POLLED_WITHIN + missed >= second.least);
	CHECK(row->full_nanoseconds <= second.most + POLLED_WITHIN);
	/* Two connections waited. */
	CHECK(row->length_nanoseconds >= 2 * (double)row->full_nanoseconds);
	CHECK(row->length_nanoseconds <= 2 * (double)(second.most + POLLED_WITHIN));
	CHECK(row->utilization_nanoseconds >= (double)row->full_nanoseconds);
	CHECK(row->peak_utilization == 1);
	CHECK(row->utilization == 0);
	CHECK_EQUAL(header->newest, row->seen);
	CHECK_EQUAL(0, header->failed_polls);
}

#endif
