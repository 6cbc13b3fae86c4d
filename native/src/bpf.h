/* bpf.h - the TCP sockets of every namespace, through a BPF program that reads the kernel's tables. */
#ifndef BPF_H
#define BPF_H

#include "deadline.h"
#include "namespaces.h"
#include "tally.h"

/*
 * Folds all sockets, or just the listeners, into the tally. Returns 0, 1 if it has to be done once
 * more with empty tables, or -errno.
 */
int bpf_scan(struct tally *tally, struct namespaces *namespaces, int program, int records,
	     deadline_t deadline);

#endif
