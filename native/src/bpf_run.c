/*
 * bpf_run.c - runs the BPF program, and copies what it has written out of the memory that it
 * shares with all processes that have its descriptors.
 *
 * There is one run at a time; the program refuses a second, whichever process or thread asks
 * for it. Its records stay where they are until WALK_SLOTS - 1 other runs have come. They are
 * copied once, and interpreted only if the number that the run returned was there before and
 * is still there after.
 */
#include "bpf_run.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SHARED_BYTES (WALK_SLOTS * sizeof(struct walk_records))

/* A run takes some hundred microseconds. */
#define WAIT_NANOSECONDS 50000

int bpf_run_start(struct bpf_run *run, int program, int records, deadline_t deadline)
{
	void *shared = mmap(NULL, SHARED_BYTES, PROT_READ, MAP_SHARED, records, 0);
	void *own;

	if (shared == MAP_FAILED)
		return -errno;
	own = mmap(NULL, sizeof(struct walk_records), PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (own == MAP_FAILED) {
		munmap(shared, SHARED_BYTES);
		return -ENOMEM;
	}
	*run = (struct bpf_run){
		.program = program, .deadline = deadline, .shared = shared, .records = own,
	};
	return 0;
}

void bpf_run_end(const struct bpf_run *run)
{
	munmap((void *)run->shared, SHARED_BYTES);
	munmap(run->records, sizeof(*run->records));
}

/* Returns what the program returns, or -errno. */
static int64_t run_once(const struct bpf_run *run, const struct walk_order *order)
{
	union bpf_attr attr = {
		.test = {
			.prog_fd = (uint32_t)run->program,
			.ctx_in = (uintptr_t)order,
			.ctx_size_in = sizeof(*order),
		},
	};

	if (syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attr, sizeof(attr)) < 0)
		return -errno;
	return attr.test.retval;
}

/* Bytes of the records of a part, or 0 if there are more than a run has room for. */
static size_t bytes_of(const struct walk_order *order)
{
	static const struct {
		uint32_t most;
		size_t size;
	} parts[] = {
		[WALK_NAMESPACES] = { WALK_NETNS, sizeof(struct walk_netns) },
		[WALK_LIMITS] = { WALK_NETNS, sizeof(struct walk_netns) },
		[WALK_PROCESSES] = { WALK_PROCESS, sizeof(struct walk_process) },
		[WALK_LISTENERS] = { WALK_SOCKETS, sizeof(struct walk_socket) },
		[WALK_CONNECTIONS] = { WALK_SOCKETS, sizeof(struct walk_socket) },
	};
	uint32_t count = order->records;

	if (order->part > WALK_CONNECTIONS || count > parts[order->part].most)
		return 0;
	return count * parts[order->part].size;
}

/* The program walks what its order says, and records no more than there is room for. */
static bool is_answer(const struct walk_order *answer, const struct walk_order *order)
{
	return answer->version == order->version && answer->part == order->part &&
	       (answer->records == 0 || bytes_of(answer) > 0);
}

static bool is_there(const uint32_t *place, uint32_t number)
{
	bool same;

	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	same = __atomic_load_n(place, __ATOMIC_ACQUIRE) == number;
	return same;
}

/* Whether all of it was still there. */
static bool copy(const struct bpf_run *run, uint32_t number)
{
	const struct walk_records *shared = &run->shared[number % WALK_SLOTS];
	struct walk_records *own = run->records;

	if (!is_there(&shared->ended, number))
		return false;
	own->order = shared->order;
	/* The number of records is valid only if the run was not overwritten so far. */
	if (!is_there(&shared->begun, number))
		return false;
	memcpy(own->sockets, shared->sockets, bytes_of(&own->order));
	return is_there(&shared->begun, number);
}

int bpf_run(const struct bpf_run *run, struct walk_order *order)
{
	const struct timespec wait = { .tv_nsec = WAIT_NANOSECONDS };

	while (deadline_left(run->deadline) > 0) {
		int64_t number = run_once(run, order);

		if (number < 0)
			return (int)number;
		if (number == WALK_RUN_BUSY) {
			nanosleep(&wait, NULL);
			continue;
		}
		if (number < WALK_RUN_FIRST)
			return -EPROTO;
		/* Other runs have overwritten it during the copy: repeat the run. */
		if (!copy(run, (uint32_t)number))
			continue;
		if (!is_answer(&run->records->order, order))
			return -EPROTO;
		*order = run->records->order;
		return 0;
	}
	return -ETIMEDOUT;
}
