// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/* refused.bpf.c - what no verifier lets pass: it writes to an address of its own making. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("raw_tp")
int synoptic_walk(__u64 *context)
{
	*(__u64 *)context[0] = 1;
	return 0;
}

char _license[] SEC("license") = "GPL";
