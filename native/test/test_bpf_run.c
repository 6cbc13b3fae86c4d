/* Runs of the program side by side: no matter who asks for them, and for what. */
#include "synoptic.h"

#include "bpf_run.h"
#include "pairs.h"
#include "places.h"

#include <errno.h>
#include <linux/bpf.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define SCANS 20
#define RUNS 600
#define ORDERS 3000

/* Numbers of namespaces' inodes: PROC_NET_INIT_INO and PROC_DYNAMIC_FIRST, fs/proc, and some behind. */
#define INODES_FIRST 0xeffffff0u
#define INODES_LAST 0xf0ffffffu

struct counter {
	struct synoptic_snapshot *snapshot;
	size_t size;
	uint64_t netns, expected;
	unsigned int wrong;
};

static uint64_t established_in(const struct synoptic_snapshot *snapshot, uint64_t netns)
{
	for (uint32_t i = 0; i < snapshot->table[SYNOPTIC_NAMESPACES].count; i++) {
		const struct synoptic_namespace *row = table_row(snapshot, SYNOPTIC_NAMESPACES, i);

		if (row->netns == netns)
			return row->sockets[SYNOPTIC_IPV4][TCP_ESTABLISHED];
	}
	return 0;
}

static void *count_again_and_again(void *argument)
{
	struct counter *counter = argument;

	for (int i = 0; i < SCANS; i++) {
		int status = synoptic_scan_node(node_descriptors.program, node_descriptors.records,
						10 * NODE_TIMEOUT_MS, counter->snapshot, counter->size, 100,
						1000);

		counter->wrong += status != 0 || established_in(counter->snapshot, counter->netns) !=
							 counter->expected;
	}
	return NULL;
}

/* Two threads at once. Returns how many of their scans were wrong. */
static unsigned int count_in_two_threads(uint64_t netns, uint64_t expected)
{
	struct counter counters[2];
	pthread_t threads[2];

	for (int i = 0; i < 2; i++) {
		counters[i] = (struct counter){
			.size = synoptic_snapshot_size(1000, 100, 1000),
			.netns = netns, .expected = expected,
		};
		counters[i].snapshot = aligned_alloc(64, (counters[i].size + 63) / 64 * 64);
		CHECK(counters[i].snapshot);
		CHECK_EQUAL(0, pthread_create(&threads[i], NULL, count_again_and_again, &counters[i]));
	}
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
		free(counters[i].snapshot);
	}
	return counters[0].wrong + counters[1].wrong;
}

TEST(two_processes_with_two_threads_each_scan_at_once_and_all_are_right)
{
	unsigned int wrong;
	int status;
	pid_t other;

	start();
	make_place(0);
	pairs_hold(AF_INET, 700, false);
	go(home);
	other = fork();
	CHECK(other >= 0);
	if (other == 0)
		_exit(count_in_two_threads(places[0].netns, 1400) > 0);
	wrong = count_in_two_threads(places[0].netns, 1400);
	CHECK_EQUAL(other, waitpid(other, &status, 0));
	CHECK_EQUAL(0, wrong);
	CHECK_EQUAL(0, status);
	start();
}

static uint32_t random_number(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33);
}

/* Of a place in a list, a table or a chain: its start, somewhere in it, or far behind it. */
static uint32_t random_place(uint64_t *seed)
{
	switch (random_number(seed) % 4) {
	case 0:
		return 0;
	case 1:
		return random_number(seed) % 64;
	case 2:
		return random_number(seed) % (1 << 18);
	default:
		return random_number(seed) * 2u;
	}
}

static struct walk_order random_order(uint64_t *seed, uint32_t part)
{
	struct walk_order order = {
		.version = WALK_VERSION, .part = part,
		.position = random_place(seed), .bucket = random_place(seed),
		.socket = random_place(seed), .netns = random_place(seed),
	};

	/* One that there is. */
	if (random_number(seed) % 2)
		order.netns = (uint32_t)places[0].netns;
	return order;
}

static bool is_netns(uint32_t number)
{
	return number >= INODES_FIRST && number <= INODES_LAST;
}

static unsigned int count_no_figures(const struct walk_records *records)
{
	unsigned int count = 0;

	for (uint32_t i = 0; i < records->order.records; i++) {
		const struct walk_socket *socket = &records->sockets[i];
		const struct walk_process *process = &records->processes[i];

		if (records->order.part == WALK_NAMESPACES || records->order.part == WALK_LIMITS)
			count += !is_netns(records->netns[i].number) ||
				 records->netns[i].cookie >> 48 != 0;
		else if (records->order.part == WALK_PROCESSES)
			count += !is_netns(process->netns) || process->pid == 0 ||
				 process->pid > 1 << 22;
		else
			count += !is_netns(socket->netns) || socket->state == 0 ||
				 socket->state >= SYNOPTIC_STATES ||
				 (socket->family != AF_INET && socket->family != AF_INET6);
	}
	return count;
}

/* Words anywhere in the shared memory that are addresses of the kernel's. */
static unsigned int count_addresses(const struct walk_records *shared)
{
	const volatile uint64_t *word = (const volatile uint64_t *)shared;
	unsigned int count = 0;

	for (size_t i = 0; i < WALK_SLOTS * sizeof(*shared) / sizeof(*word); i++)
		count += word[i] >= 0xffff800000000000u && word[i] < UINT64_MAX - 0xffff;
	return count;
}

static atomic_uint no_figures, runs;

static void *race(void *argument)
{
	uint64_t seed = (uintptr_t)argument;
	cpu_set_t one;
	struct bpf_run run;

	CPU_ZERO(&one);
	CPU_SET(seed % 2, &one);
	pthread_setaffinity_np(pthread_self(), sizeof(one), &one);
	if (bpf_run_start(&run, node_descriptors.program, node_descriptors.records,
			  deadline_in(10 * NODE_TIMEOUT_MS)) != 0)
		return NULL;
	for (int i = 0; i < RUNS; i++) {
		struct walk_order order = random_order(&seed, random_number(&seed) % 5);

		if (bpf_run(&run, &order) != 0)
			break;
		runs++;
		no_figures += count_no_figures(run.records);
		if (i % 16 == 0)
			no_figures += count_addresses(run.shared);
	}
	bpf_run_end(&run);
	return NULL;
}

TEST(who_races_with_himself_gets_nothing_but_figures)
{
	pthread_t threads[2];

	start();
	make_place(64);
	pairs_hold(AF_INET, 300, false);
	go(home);
	for (uintptr_t i = 0; i < 2; i++)
		CHECK_EQUAL(0, pthread_create(&threads[i], NULL, race, (void *)(i + 6)));
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	CHECK(runs > RUNS / 4);
	CHECK_EQUAL(0, no_figures);
	start();
}

TEST(no_order_makes_a_run_longer_than_its_budget)
{
	struct bpf_run run;
	uint64_t seed = 1;

	start();
	make_place(2);
	pairs_hold(AF_INET, 2000, false);
	go(home);
	CHECK_EQUAL(0, bpf_run_start(&run, node_descriptors.program, node_descriptors.records,
				     deadline_in(10 * NODE_TIMEOUT_MS)));
	for (int i = 0; i < ORDERS; i++) {
		struct walk_order order = random_order(&seed, random_number(&seed) % 5);

		CHECK_EQUAL(0, bpf_run(&run, &order));
		CHECK(order.spent > 0);
		CHECK(order.spent <= WALK_BUDGET);
		/* A next run with what this one has left gets further, or there is nothing left. */
		CHECK(order.done || order.records > 0 || order.spent > WALK_BUDGET / 16);
	}
	bpf_run_end(&run);
	start();
}

/* Others before it may have gone as well: who went on from there would leave some out. */
TEST(a_run_that_is_to_begin_where_no_namespace_is_any_more_says_so_and_records_nothing)
{
	struct bpf_run run;

	start();
	CHECK_EQUAL(0, bpf_run_start(&run, node_descriptors.program, node_descriptors.records,
				     deadline_in(NODE_TIMEOUT_MS)));
	for (uint32_t part = WALK_NAMESPACES; part <= WALK_CONNECTIONS; part++) {
		struct walk_order order = { .version = WALK_VERSION, .part = part, .netns = 1 };

		if (part == WALK_PROCESSES)
			continue;
		CHECK_EQUAL(0, bpf_run(&run, &order));
		CHECK_EQUAL(1, order.lost);
		CHECK_EQUAL(0, order.records);
	}
	bpf_run_end(&run);
}

TEST(only_the_program_writes_records)
{
	static struct walk_records value;
	uint32_t key = 0;
	union bpf_attr attributes = {
		.map_fd = (uint32_t)node_descriptors.records,
		.key = (uintptr_t)&key, .value = (uintptr_t)&value,
	};

	start();
	attributes.map_fd = (uint32_t)node_descriptors.records;
	CHECK(mmap(NULL, sizeof(value), PROT_READ | PROT_WRITE, MAP_SHARED,
		   node_descriptors.records, 0) == MAP_FAILED);
	CHECK(syscall(SYS_bpf, BPF_MAP_UPDATE_ELEM, &attributes, sizeof(attributes)) < 0);
	CHECK_EQUAL(EPERM, errno);
}

static void *run_until(void *ended)
{
	while (!*(atomic_bool *)ended) {
		struct walk_order order = { .version = WALK_VERSION, .part = WALK_CONNECTIONS };
		union bpf_attr attributes = {
			.test = {
				.prog_fd = (uint32_t)node_descriptors.program,
				.ctx_in = (uintptr_t)&order, .ctx_size_in = sizeof(order),
			},
		};

		syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attributes, sizeof(attributes));
	}
	return NULL;
}

TEST(who_waits_for_other_runs_does_so_until_the_deadline)
{
	atomic_bool ended = false;
	pthread_t threads[2];
	int statuses[2];

	start();
	for (int i = 0; i < 2; i++)
		CHECK_EQUAL(0, pthread_create(&threads[i], NULL, run_until, &ended));
	statuses[0] = synoptic_scan_node(node_descriptors.program, node_descriptors.records, 3,
					 node_buffer, sizeof(node_buffer), 0, 1);
	CHECK_EQUAL(statuses[0] ? 0 : 1, node->table[SYNOPTIC_NAMESPACES].count);
	/* Somebody who doesn't stop makes others slow, and no more. */
	statuses[1] = synoptic_scan_node(node_descriptors.program, node_descriptors.records,
					 10 * NODE_TIMEOUT_MS, node_buffer, sizeof(node_buffer), 0, 1);
	ended = true;
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	CHECK(statuses[0] == 0 || statuses[0] == -ETIMEDOUT);
	CHECK_EQUAL(0, statuses[1]);
}

MAIN()
