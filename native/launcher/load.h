/* load.h - loads the BPF program that scans are made with, and those that count handshakes. */
#ifndef LOAD_H
#define LOAD_H

#include <stddef.h>
#include <stdint.h>

/* Of a program that is loaded, for synoptic_scan_node(). Both close on exec. */
struct loaded {
	int program;
	int records;
};

/* What synoptic_read_handshakes() takes, and what holds the programs in place: all close on exec. */
struct loaded_handshakes {
	int map, events, forget;
	int links[2];
};

/* Why none is: `reason` is of a closed list, `detail` the call that failed, or what is missing. */
struct load_failure {
	const char *reason;
	char detail[128];
	char log[65536]; /* the verifier's, empty if it said nothing */
};

#define LOAD_REASON_BUILD      "build"      /* this launcher was built without clang or libbpf */
#define LOAD_REASON_KERNEL     "kernel"     /* without BTF, or with one that lacks what the program needs */
#define LOAD_REASON_PERMISSION "permission" /* neither root nor CAP_BPF and CAP_PERFMON; lockdown */
#define LOAD_REASON_VERIFIER   "verifier"   /* the kernel doesn't take the program: see the log */
#define LOAD_REASON_OTHER      "other"

/*
 * Loads and attaches the programs that count handshakes. With the map of these the program of load()
 * gives each listener a row in it; without, null, it doesn't.
 * Both return 0, or -1 and why.
 */
int load_handshakes(struct loaded_handshakes *loaded, struct load_failure *failure);
int load_with(const struct loaded_handshakes *handshakes, struct loaded *loaded,
	      struct load_failure *failure);
int load(struct loaded *loaded, struct load_failure *failure);

/* As on a kernel that has the BTF of this file, in place of the running one's. */
int load_as_on(const char *btf, struct loaded *loaded, struct load_failure *failure);
int load_handshakes_as_on(const char *btf, struct loaded_handshakes *loaded,
			  struct load_failure *failure);

/* For tests: after how long without an event a row may be removed, and how many there are at most. */
int load_handshakes_within(uint64_t idle_nanoseconds, uint32_t rows,
			   struct loaded_handshakes *loaded, struct load_failure *failure);

#endif
