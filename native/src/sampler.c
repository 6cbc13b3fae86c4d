/* sampler.c - polls the listeners until it is asked for what they add up to. */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "budget.h"
#include "deadline.h"
#include "samples.h"
#include "synoptic.h"

#define SECOND 1000000000ULL
#define MILLISECOND 1000000ULL

/* What the caller asks for, with any source. */
struct order {
	struct sampler *sampler;
	uint32_t interval_ms, timeout_ms;
	void *buffer; /* of a scan */
	size_t size;
	enum synoptic_source source;
	const char *procfs;
	bool node; /* every namespace, through SYNOPTIC_SOURCE_BPF */
	int program, records;
	uint32_t namespaces;
};

static uint64_t cpu_time(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

void synoptic_sampler_ask(void *sampler)
{
	uint32_t *asked = &((struct synoptic_sampler *)sampler)->asked;

	__atomic_store_n(asked, 1, __ATOMIC_RELEASE);
	syscall(SYS_futex, asked, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

/* Sleeps until `due`, or until it is asked. Returns whether it is. */
static bool sleep_until(struct sampler *sampler, uint64_t due)
{
	uint32_t *asked = &sampler->shown.asked;

	while (!__atomic_exchange_n(asked, 0, __ATOMIC_ACQUIRE)) {
		uint64_t now = deadline_now();
		struct timespec left;

		if (now >= due)
			return false;
		left.tv_sec = (time_t)((due - now) / SECOND);
		left.tv_nsec = (long)((due - now) % SECOND);
		/* An ask that comes before the call ends it at once. */
		syscall(SYS_futex, asked, FUTEX_WAIT_PRIVATE, 0, &left, NULL, 0);
	}
	return true;
}

/* The first poll is due at once. */
static bool wait_for_next_poll(struct sampler *sampler, uint32_t interval_ms)
{
	uint64_t now = deadline_now();
	uint64_t due = now + budget_wait(&sampler->budget, now);
	uint64_t next = sampler->tried ? sampler->tried + interval_ms * MILLISECOND : 0;

	return sleep_until(sampler, due > next ? due : next);
}

static int scan(const struct order *order)
{
	if (order->node)
		return synoptic_scan_node_listeners(order->program, order->records, order->timeout_ms,
						    order->buffer, order->size, order->namespaces);
	return synoptic_scan_listeners(order->source, order->procfs, order->timeout_ms,
				       order->buffer, order->size);
}

/* Whether the last poll is the first that had unlisted listeners. */
static enum synoptic_sampler_end is_full_since(const struct sampler *sampler, uint64_t unlisted_before)
{
	return unlisted_before == 0 && sampler->shown.unlisted_listeners > 0 ?
		       SYNOPTIC_SAMPLER_FULL :
		       SYNOPTIC_SAMPLER_ASKED;
}

/* Returns what ends the call, or 0. */
static int poll_once(const struct order *order)
{
	struct sampler *sampler = order->sampler;
	struct synoptic_sampler *shown = &sampler->shown;
	const struct synoptic_snapshot *snapshot = order->buffer;
	uint64_t start = deadline_now();
	uint64_t unlisted = shown->unlisted_listeners;
	int status = scan(order);

	sampler->tried = start;
	shown->polls++;
	shown->error = (uint32_t)-status;
	if (status == 0)
		samples_add(sampler, snapshot, start);
	else
		shown->failed_polls++;
	shown->poll_nanoseconds += deadline_now() - start;
	if (status)
		return synoptic_refusal(-status) == SYNOPTIC_REFUSAL_NONE ? 0 : status;
	shown->source = snapshot->source;
	shown->fallback_error = snapshot->fallback_error;
	return is_full_since(sampler, unlisted);
}

static int poll_until_asked(const struct order *order)
{
	struct sampler *sampler = order->sampler;
	uint64_t cpu = cpu_time();
	bool asked;
	int status;

	do {
		uint64_t before = cpu;

		asked = wait_for_next_poll(sampler, order->interval_ms);
		if (asked && budget_wait(&sampler->budget, deadline_now()) > 0)
			return SYNOPTIC_SAMPLER_ASKED;
		status = poll_once(order);
		cpu = cpu_time();
		budget_spend(&sampler->budget, cpu - before);
	} while (status == 0 && !asked);
	return status;
}

static int sample(const struct order *order)
{
	struct sampler *sampler = order->sampler;
	int status;

	if (!sampler || sampler->shown.abi != SYNOPTIC_ABI || order->interval_ms == 0 ||
	    order->timeout_ms == 0 || !order->buffer)
		return -EINVAL;
	sampler_free_rows(sampler);
	status = poll_until_asked(order);
	samples_show(sampler, deadline_now());
	return status;
}

int synoptic_sampler_add(void *buffer, const void *snapshot, uint64_t began)
{
	struct sampler *sampler = buffer;
	uint64_t unlisted;

	if (!sampler || sampler->shown.abi != SYNOPTIC_ABI || !snapshot)
		return -EINVAL;
	unlisted = sampler->shown.unlisted_listeners;
	sampler_free_rows(sampler);
	samples_add(sampler, snapshot, began);
	samples_show(sampler, began);
	return is_full_since(sampler, unlisted);
}

int synoptic_sample(void *sampler, enum synoptic_source source, const char *procfs,
		    uint32_t interval_ms, uint32_t timeout_ms, void *buffer, size_t size)
{
	const struct order order = {
		.sampler = sampler, .interval_ms = interval_ms, .timeout_ms = timeout_ms,
		.buffer = buffer, .size = size, .source = source, .procfs = procfs,
	};

	return sample(&order);
}

int synoptic_sample_node(void *sampler, int program, int records, uint32_t interval_ms,
			 uint32_t timeout_ms, void *buffer, size_t size, uint32_t namespaces)
{
	const struct order order = {
		.sampler = sampler, .interval_ms = interval_ms, .timeout_ms = timeout_ms,
		.buffer = buffer, .size = size, .node = true, .program = program,
		.records = records, .namespaces = namespaces,
	};

	return sample(&order);
}
