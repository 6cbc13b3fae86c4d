/* bpf_run.h - one run of the BPF program after the other, and the records of each. */
#ifndef BPF_RUN_H
#define BPF_RUN_H

#include "bpf_walk.h"
#include "deadline.h"

struct bpf_run {
	int program;
	deadline_t deadline;
	/* What the program writes, at any time: WALK_SLOTS of them. */
	const struct walk_records *shared;
	/* A copy of what the last run has written. */
	struct walk_records *records;
};

/* Returns 0 or -errno; bpf_run_end() after 0 alone. */
int bpf_run_start(struct bpf_run *run, int program, int records, deadline_t deadline);
void bpf_run_end(const struct bpf_run *run);

/*
 * Runs the program as ordered, which leaves its records in run->records, and in `order` where
 * the walk goes on. While somebody else's run is under way it waits. Returns 0 or -errno:
 * -EPROTO if the program isn't that of this library, -ETIMEDOUT after the deadline.
 */
int bpf_run(const struct bpf_run *run, struct walk_order *order);

#endif
